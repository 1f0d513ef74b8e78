package tracker

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/internal/httpx"
)

// parentsAtOnce bounds the UIDs in one look-up: they are in its address.
const parentsAtOnce = 100

// checkParents rejects the objects whose parent, at the server and not in their record, was
// deleted: the server would take them and show them to nobody (dhis2.md 0, fact 8). A parent it
// does not know is its own to refuse.
func (w *worker) checkParents(records []*record) error {
	entities, enrollments := map[string]bool{}, map[string]map[string]bool{}
	w.eachParent(records, func(_ *record, o *object, name Ref) {
		switch name.Type {
		case TypeTrackedEntity:
			entities[name.UID] = false
		case TypeEnrollment:
			if enrollments[o.program] == nil {
				enrollments[o.program] = map[string]bool{}
			}
			enrollments[o.program][name.UID] = false
		case TypeEvent, TypeRelationship:
		}
	})
	if len(entities) == 0 && len(enrollments) == 0 {
		return nil
	}
	version, err := w.version()
	if err != nil {
		return err
	}
	gone := map[Ref]bool{}
	if err := w.deleted(version, dhis2.TrackedEntities, "", entities, gone); err != nil {
		return err
	}
	for program, uids := range enrollments {
		if err := w.deleted(version, dhis2.Enrollments, program, uids, gone); err != nil {
			return err
		}
	}
	w.eachParent(records, func(_ *record, o *object, name Ref) {
		if gone[name] && o.fate == "" {
			o.orphaned(name)
		}
	})
	return nil
}

// eachParent goes through the parents that pending objects have outside of their record.
func (w *worker) eachParent(records []*record, do func(r *record, o *object, name Ref)) {
	for _, r := range records {
		if r.strategy == Delete {
			continue
		}
		for i := range r.objects {
			o := &r.objects[i]
			if o.fate != "" {
				continue
			}
			for _, parent := range o.parents {
				if !r.holds(parent) {
					do(r, o, r.sentName(parent))
				}
			}
		}
	}
}

// deleted notes which of the objects are tombstones.
func (w *worker) deleted(v dhis2.Version, list dhis2.List, program string, uids map[string]bool, gone map[Ref]bool) error {
	kind, own := TypeTrackedEntity, "trackedEntity"
	if list == dhis2.Enrollments {
		kind, own = TypeEnrollment, "enrollment"
	}
	for some := range slices.Chunk(slices.Sorted(maps.Keys(uids)), parentsAtOnce) {
		query := url.Values{
			v.Param(list, string(list)): {strings.Join(some, v.Separator())},
			"includeDeleted":            {"true"}, "fields": {own + ",deleted"}, "pageSize": {"1000"},
		}
		if program != "" {
			query.Set("program", program)
		}
		var page map[string]json.RawMessage
		if err := w.read("tracker/"+string(list), query, &page); err != nil {
			return err
		}
		var found []map[string]any
		if json.Unmarshal(page[v.ListKey(list)], &found) != nil {
			continue
		}
		for _, item := range found {
			uid, _ := item[own].(string)
			if is, _ := item["deleted"].(bool); is {
				gone[Ref{kind, uid}] = true
			}
		}
	}
	return nil
}

// read asks the server, again while that may help.
func (w *worker) read(path string, query url.Values, into any) error {
	first := time.Now()
	for tries := 1; ; tries++ {
		res, err := w.do(dhis2.Request{Path: path, Query: query, Repeat: dhis2.RepeatNever})
		if err == nil {
			err = json.Unmarshal(res.Body, into)
			if err == nil {
				return nil
			}
		}
		if w.ctx.Err() != nil {
			return errStopped
		}
		wait := httpx.Backoff(min(tries, 16), w.run.cfg.MinWait, w.run.cfg.MaxWait)
		if !dhis2.Retryable(err) || time.Since(first)+wait > w.run.cfg.Patience {
			return &ServerError{Err: err}
		}
		if !w.pause(wait) {
			return errStopped
		}
	}
}
