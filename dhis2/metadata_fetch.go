package dhis2

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"
)

// MetadataScope says which metadata are read. The zero value is all programs with what they
// need, all organisation units, and no data sets.
type MetadataScope struct {
	// Programs are the programs to read, by UID or code, with their stages, attributes, data
	// elements and option sets. One that the user does not see is an error. Defaults to all.
	Programs []string
	// NoPrograms reads none, for aggregate data.
	NoPrograms bool
	// DataSets are the data sets to read, by UID or code; "*" is all. Defaults to none.
	DataSets []string
	// OrgUnits is the UID of an organisation unit: it and all below it are read. Defaults to
	// all that the user sees.
	OrgUnits string
	// NoOrgUnits reads none. What programs are assigned to is known all the same, by UID.
	NoOrgUnits bool
	// AttributeValues reads the values of metadata attributes, too: for SchemeAttribute.
	AttributeValues bool
	// Rules reads which program rules there are.
	Rules bool
	// PageSize is how many objects one answer has. Defaults to 1,000 organisation units, 10
	// programs or data sets, which name all units that they are assigned to, and 50 of all else.
	PageSize int
}

func (s MetadataScope) check() error {
	if slices.Contains(slices.Concat(s.Programs, s.DataSets), "") {
		return &ArgumentError{Argument: "programs or data sets", Reason: "an empty name"}
	}
	switch {
	case s.NoPrograms && len(s.Programs) > 0:
		return &ArgumentError{Argument: "programs", Reason: "are named, and NoPrograms is set"}
	case s.NoOrgUnits && s.OrgUnits != "":
		return &ArgumentError{Argument: "org units", Reason: "are named, and NoOrgUnits is set"}
	case s.OrgUnits != "" && !ValidUID(s.OrgUnits):
		return &ArgumentError{Argument: "org units", Reason: "is not the UID of an organisation unit"}
	case s.PageSize < 0 || s.PageSize > maxPageSize:
		return &ArgumentError{Argument: "page size", Reason: "must be 1 to 50,000, or 0 for the default"}
	}
	return nil
}

// maxFetches is how often metadata that change while they are read are read.
const maxFetches = 3

// errChanging means that a list changed while it was read.
var errChanging = errors.New("metadata go on changing while they are read")

// FetchMetadata reads a snapshot from the server: lean fields, page by page (dhis2.md 1.5). If a
// list changes meanwhile, all is read again, up to three times. See Metadata for a cache.
func (c *Client) FetchMetadata(ctx context.Context, scope MetadataScope) (*Snapshot, error) {
	if err := scope.check(); err != nil {
		return nil, err
	}
	server, err := c.Server(ctx)
	if err != nil {
		return nil, err
	}
	for range maxFetches {
		snapshot, err := c.fetchMetadata(ctx, scope, server)
		if !errors.Is(err, errChanging) {
			return snapshot, err
		}
	}
	return nil, fmt.Errorf("dhis2: read metadata: %w", errChanging)
}

func (c *Client) fetchMetadata(ctx context.Context, scope MetadataScope, server Server) (*Snapshot, error) {
	f := &fetcher{client: c, scope: scope, version: server.Version, p: newMetadataParser()}
	f.p.header = SnapshotHeader{
		SystemID: server.SystemID, Version: server.Version.String(),
		Taken: server.Time(c.cfg.Clock()).UTC().Truncate(time.Millisecond),
	}
	for _, step := range f.steps() {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return f.p.build()
}

// fetcher reads the lists of a snapshot into a parser.
type fetcher struct {
	client  *Client
	scope   MetadataScope
	version Version
	p       *metadataParser
}

func (f *fetcher) steps() []func(context.Context) error {
	var steps []func(context.Context) error
	if f.scope.AttributeValues {
		steps = append(steps, func(ctx context.Context) error {
			return f.list(ctx, "attributes", Select("id", "code", "name", "valueType", "unique"))
		})
	}
	if !f.scope.NoOrgUnits {
		steps = append(steps, f.orgUnits)
	}
	if !f.scope.NoPrograms {
		steps = append(steps, f.programs, f.entityTypes, func(ctx context.Context) error {
			end := Select("relationshipEntity").With("trackedEntityType", f.ref()).With("program", f.ref()).With("programStage", f.ref())
			return f.list(ctx, "relationshipTypes", f.named("bidirectional").With("fromConstraint", end).With("toConstraint", end))
		})
	}
	if f.scope.Rules && !f.scope.NoPrograms {
		steps = append(steps, func(ctx context.Context) error {
			action := Select("programRuleActionType").With("dataElement", f.ref()).With("trackedEntityAttribute", f.ref())
			return f.list(ctx, "programRules", f.named().With("program", f.ref()).With("programRuleActions", action))
		})
	}
	if len(f.scope.DataSets) > 0 {
		steps = append(steps, f.dataSets)
	}
	return append(steps, f.optionSets, f.combos)
}

func (f *fetcher) ref() Fields { return Select("id") }

// named are the fields that all objects have, and others.
func (f *fetcher) named(others ...string) Fields {
	fields := Select("id", "code", "name").And(others...)
	if f.scope.AttributeValues {
		fields = fields.With("attributeValues", Select("value").With("attribute", f.ref()))
	}
	return fields
}

func (f *fetcher) attribute() Fields {
	return f.named("valueType", "unique", "orgunitScope", "generated", "pattern", "confidential").With("optionSet", f.ref())
}

func (f *fetcher) element() Fields {
	return f.named("valueType", "domainType", "aggregationType", "zeroIsSignificant").With("optionSet", f.ref()).With("categoryCombo", f.ref())
}

func (f *fetcher) programs(ctx context.Context) error {
	stageElement := Select("compulsory", "allowFutureDate", "allowProvidedElsewhere", "sortOrder").With("dataElement", f.element())
	stage := f.named("sortOrder", "repeatable", "validationStrategy", "blockEntryForm", "enableUserAssignment", "featureType").
		With("program", f.ref()).With("programStageDataElements", stageElement)
	member := Select("mandatory", "allowFutureDate", "searchable", "sortOrder").With("trackedEntityAttribute", f.attribute())
	fields := f.named("programType", "onlyEnrollOnce", "displayIncidentDate", "selectEnrollmentDatesInFuture",
		"selectIncidentDatesInFuture", "expiryDays", "expiryPeriodType", "completeEventsExpiryDays", "openDaysAfterCoEndDate",
		"featureType", "accessLevel").
		With("trackedEntityType", f.ref()).With("categoryCombo", f.ref()).With("organisationUnits", f.ref()).
		With("programTrackedEntityAttributes", member).With("programStages", stage)
	if f.version.HasEnrollmentCategories() {
		fields = fields.With("enrollmentCategoryCombo", f.ref())
	}
	if err := f.chosen(ctx, "programs", fields, f.scope.Programs); err != nil {
		return err
	}
	return f.demand("program", f.scope.Programs, func(name string) bool {
		for uid, e := range f.p.programs {
			if uid == name || e.wire.Code == name {
				return true
			}
		}
		return false
	})
}

func (f *fetcher) entityTypes(ctx context.Context) error {
	member := Select("mandatory", "searchable").With("trackedEntityAttribute", f.attribute())
	return f.list(ctx, "trackedEntityTypes", f.named("featureType", "minAttributesRequiredToSearch").With("trackedEntityTypeAttributes", member))
}

func (f *fetcher) dataSets(ctx context.Context) error {
	names := f.scope.DataSets
	if slices.Contains(names, "*") {
		names = nil
	}
	element := Select().With("dataElement", f.element()).With("categoryCombo", f.ref())
	fields := f.named("periodType", "openFuturePeriods", "expiryDays").With("categoryCombo", f.ref()).
		With("organisationUnits", f.ref()).With("dataSetElements", element)
	if err := f.chosen(ctx, "dataSets", fields, names); err != nil {
		return err
	}
	return f.demand("data set", names, func(name string) bool {
		for uid, e := range f.p.dataSets {
			if uid == name || e.wire.Code == name {
				return true
			}
		}
		return false
	})
}

func (f *fetcher) demand(kind string, names []string, there func(string) bool) error {
	for _, name := range names {
		if !there(name) {
			return fmt.Errorf("dhis2: read metadata: %s %q: %w: there is none, or the user may not read it", kind, name, ErrUnknownObject)
		}
	}
	return nil
}

func (f *fetcher) orgUnits(ctx context.Context) error {
	r, err := OrgUnitQuery{Within: f.scope.OrgUnits, AttributeValues: f.scope.AttributeValues, PageSize: f.scope.PageSize}.request()
	if err != nil {
		return err
	}
	return f.walk(ctx, r)
}

// optionSets reads the option sets that attributes and data elements use, with their options.
func (f *fetcher) optionSets(ctx context.Context) error {
	var uids []string
	for uid := range f.p.optionSets {
		uids = append(uids, uid)
	}
	return f.chunks(ctx, "optionSets", f.named("valueType").With("options", f.named("sortOrder")), uids)
}

// combos reads the category combinations in use but the default one, which all servers have.
func (f *fetcher) combos(ctx context.Context) error {
	var uids []string
	for uid := range f.p.combos {
		if uid != DefaultCategoryComboUID {
			uids = append(uids, uid)
		}
	}
	option := f.named("startDate", "endDate")
	fields := f.named("isDefault").With("categories", f.named().With("categoryOptions", option)).
		With("categoryOptionCombos", f.named().With("categoryOptions", f.ref()))
	return f.chunks(ctx, "categoryCombos", fields, uids)
}

// chosen reads the objects of a list that have one of these UIDs or codes; all without any.
func (f *fetcher) chosen(ctx context.Context, path string, fields Fields, names []string) error {
	if len(names) == 0 {
		return f.list(ctx, path, fields)
	}
	var uids, codes []string
	for _, name := range names {
		if ValidUID(name) {
			uids = append(uids, name)
		}
		codes = append(codes, name) // a code may look like a UID
	}
	if err := f.chunks(ctx, path, fields, uids); err != nil {
		return err
	}
	for _, code := range codes {
		if err := f.list(ctx, path, fields, Filter("code", MetaEq, code)); err != nil {
			return err
		}
	}
	return nil
}

// chunkSize is how many UIDs a URL names: 100 are 1.2 KB, and servers take 8 KB.
const chunkSize = 100

func (f *fetcher) chunks(ctx context.Context, path string, fields Fields, uids []string) error {
	slices.Sort(uids)
	for chunk := range slices.Chunk(uids, chunkSize) {
		if err := f.list(ctx, path, fields, Filter("id", MetaIn, chunk...)); err != nil {
			return err
		}
	}
	return nil
}

// With 200,000 organisation units a program that all have is 4 MB of JSON; Config.MaxBody is 64.
const metadataPage, assignedPage = 50, 10

func (f *fetcher) list(ctx context.Context, path string, fields Fields, filters ...MetadataFilter) error {
	r := ListRequest{Path: path, ID: "id", PageSize: f.scope.PageSize, Query: url.Values{"fields": {fields.String()}}}
	if r.PageSize == 0 {
		r.PageSize = metadataPage
		if path == "programs" || path == "dataSets" {
			r.PageSize = assignedPage
		}
	}
	if err := MetadataFilters(r.Query, filters...); err != nil {
		return err
	}
	return f.walk(ctx, r)
}

// walk reads a list into the parser. Pages of a list that changes meanwhile may lack objects:
// then their number is not the total that the server told, or the total is not the same on all
// pages.
func (f *fetcher) walk(ctx context.Context, r ListRequest) error {
	object := f.p.object(r.Path)
	r.MaxObjects = maxObjects
	count, total := 0, -1
	for page, err := range f.client.Pages(ctx, r) {
		if err != nil {
			return err
		}
		if page.Number > 1 && page.Total != total {
			return errChanging
		}
		total = page.Total
		count += len(page.Objects)
		for _, raw := range page.Objects {
			if err := object(raw); err != nil {
				return fmt.Errorf("dhis2: read metadata: %s: %w", r.Path, err)
			}
		}
	}
	if total >= 0 && count != total {
		return errChanging
	}
	return nil
}
