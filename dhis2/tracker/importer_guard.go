package tracker

import (
	"errors"
	"slices"

	"github.com/openhim/mediator-go/dhis2"
)

// landed is what the guard keeps of an object that landed.
func (r *record) landed(o *object) Landed {
	l := Landed{
		Ref: o.ref, Version: max(r.version, o.version), Arrival: r.seq, Hash: o.hash, Deleted: r.strategy == Delete,
	}
	if o.uid != o.ref.UID {
		l.UID = o.uid
	}
	return l
}

// guarded takes out of the records what must not be sent: older data, the same data, and records
// whose objects have other names at the server, which have to wait for those.
func (w *worker) guarded(records []*record) ([]*record, error) {
	var refs []Ref
	for _, r := range records {
		refs = r.mentions(refs)
	}
	if len(refs) == 0 {
		return records, nil
	}
	records = slices.Clone(records)
	known, err := w.run.cfg.Guard.Load(w.ctx, refs)
	if err == nil && len(known) != len(refs) {
		err = errors.New("it gave another number of entries than it was asked for")
	}
	if err != nil {
		return nil, w.storeError("ask the guard", err)
	}
	at := 0
	var changed []Landed
	records = slices.DeleteFunc(records, func(r *record) bool {
		n := len(r.mentions(nil))
		entries := known[at : at+n]
		at += n
		if r.rename(entries) {
			w.tell(event{kind: eventAgain, record: r})
			return true
		}
		changed = append(changed, r.compare(entries)...)
		return false
	})
	if len(changed) > 0 {
		if err := w.run.cfg.Guard.Save(w.ctx, changed); err != nil {
			return nil, w.storeError("save to the guard", err)
		}
	}
	return records, nil
}

// mentions appends the objects that a record holds or refers to.
func (r *record) mentions(refs []Ref) []Ref {
	for i := range r.objects {
		if o := &r.objects[i]; o.fate == "" {
			refs = append(refs, o.ref)
			refs = append(refs, o.parents...)
		}
	}
	return refs
}

// rename notes names at the server that the record did not know, and reports whether there were
// any.
func (r *record) rename(entries []Landed) bool {
	renamed := false
	for i := range entries {
		if e := &entries[i]; e.UID != "" && r.aliases[e.Ref] != e.UID {
			r.alias(e.Ref, e.UID)
			renamed = true
		}
	}
	if renamed {
		r.rewrite()
	}
	return renamed
}

// compare gives the objects their fate that need not or must not be sent. It returns what the guard
// has to learn before anything is sent: what is unchanged since an older record is as new as this
// one, and nobody knows what the server holds of an object that is about to be changed, until the
// answer is there.
func (r *record) compare(entries []Landed) (changed []Landed) {
	at := 0
	for i := range r.objects {
		o := &r.objects[i]
		if o.fate != "" {
			continue
		}
		own := &entries[at]
		o.before = own.known() && !own.Deleted
		o.version = own.Version
		o.fate = own.verdict(r.version, r.seq, o.hash, r.strategy == Delete)
		if o.fate == FateUnchanged && (r.version > own.Version || r.seq > own.Arrival) {
			l := r.landed(o)
			l.Arrival = max(l.Arrival, own.Arrival)
			changed = append(changed, l)
		}
		if o.fate == "" && own.known() && own.Hash != unsure {
			l := *own
			l.Ref, l.Hash = o.ref, unsure
			changed = append(changed, l)
		}
		for k := range o.parents {
			parent := &entries[at+1+k]
			if parent.Deleted && o.fate == "" && r.strategy != Delete && !r.holds(parent.Ref) {
				o.orphaned(parent.Ref)
			}
		}
		at += 1 + len(o.parents)
	}
	return changed
}

// holds reports whether an object is one of the record's own.
func (r *record) holds(ref Ref) bool {
	return slices.ContainsFunc(r.objects, func(o object) bool { return o.ref == ref })
}

// provesContent reports whether the server holds the very data that was sent: not where it only
// says that the object exists.
func (f *ruling) provesContent() bool {
	return f.do == actLanded || f.record.strategy == Delete || f.object.ref.Type == TypeRelationship
}

// orphaned rejects an object whose parent was deleted: the server would take it, and show it to
// nobody.
func (o *object) orphaned(parent Ref) {
	o.fate, o.class, o.root = FateRejected, dhis2.ClassTombstone, parent
	o.rootWhy = []string{tombstoneCode(parent.Type)}
	o.reason = "its parent was deleted"
}

func tombstoneCode(kind Type) string {
	switch kind {
	case TypeTrackedEntity:
		return "E1114"
	case TypeEnrollment:
		return "E1113"
	case TypeEvent:
		return "E1082"
	case TypeRelationship:
	}
	return "E4017"
}
