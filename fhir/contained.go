package fhir

import (
	"strings"

	"github.com/openhim/mediator-go/fhir/internal/scan"
)

// Contained returns the resources contained in this one
// (DomainResource.contained), as they stand. What has no resourceType is left out.
func (r Resource) Contained() []Resource {
	if r.IsZero() {
		return nil
	}
	list, ok := scan.Find(r.data, scan.Space(r.data, 0), "contained")
	if !ok || r.data[list.Value] != '[' {
		return nil
	}
	var contained []Resource
	for it := range scan.Items(r.data, list.Value) {
		if inner, err := Parse(r.data[it.Start:it.End:it.End]); err == nil {
			contained = append(contained, inner)
		}
	}
	return contained
}

// ContainedByID returns the contained resource with this id. The "#" of a
// reference to it may stand before.
func (r Resource) ContainedByID(id string) (Resource, bool) {
	id = strings.TrimPrefix(id, "#")
	for _, c := range r.Contained() {
		if id != "" && c.id == id {
			return c, true
		}
	}
	return Resource{}, false
}
