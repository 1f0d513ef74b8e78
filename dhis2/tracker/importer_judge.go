package tracker

import (
	"cmp"
	"slices"

	"github.com/openhim/mediator-go/dhis2"
)

// action is what is to be done next about one object of an answered request, in rising order:
// with several errors the highest decides.
type action int

const (
	actLanded      action = iota // it is at the server
	actPresent                   // it was at the server before, in the state that was wanted
	actFollow                    // it shares the fate of another object
	actAgain                     // it goes into another request
	actWait                      // it goes into another request when its parents have landed
	actUpsert                    // as CREATE_AND_UPDATE
	actRefresh                   // after the metadata were read anew
	actReincarnate               // under the next UID
	actAdopt                     // under the UID of the holder of its unique value
	actReject
)

const (
	codeUnique  = "E1064"
	codeProgram = "E1079" // comes beside codeOrphan for an event whose enrollment is unknown
	codeOrphan  = "E1313"
)

// ruling is the judgement about one object.
type ruling struct {
	object *object
	record *record
	do     action
	class  dhis2.Class
	codes  []string
	root   Ref // at the server, the object whose fate it shares
	shares bool
	entry  Entry
}

// judgement holds the findings about one request.
type judgement struct {
	list  []ruling
	byRef map[Ref]*ruling // by the name at the server
}

// rules say what this importer can do about errors.
type rules struct {
	unique      []string
	reincarnate bool
	refresh     bool
	maxWaits    int
	maxRewrites int
}

// judge reads the report about a request, object by object.
func judge(s *shipment, report *Report, able rules) *judgement {
	j := &judgement{list: make([]ruling, 0, len(s.objects)), byRef: make(map[Ref]*ruling, len(s.objects))}
	for _, r := range s.records {
		for i := range r.objects {
			if o := &r.objects[i]; o.fate == "" {
				j.list = append(j.list, ruling{object: o, record: r})
			}
		}
	}
	for i := range j.list {
		f := &j.list[i]
		j.byRef[f.object.sent()] = f
	}
	for i := range j.list {
		j.list[i].first(report, able)
	}
	for i := range j.list {
		if f := &j.list[i]; f.do == actFollow && f.root == (Ref{}) {
			f.root = j.rootOf(f)
		}
	}
	for i := range j.list {
		f := &j.list[i]
		f.shares = f.do == actFollow
	}
	for i := range j.list {
		if f := &j.list[i]; f.shares {
			j.follow(f)
		}
	}
	return j
}

// sent is the object's name at the server.
func (o *object) sent() Ref { return Ref{o.ref.Type, o.uid} }

// first judges an object by its own errors.
func (f *ruling) first(report *Report, able rules) {
	out := report.Outcome(f.object.sent())
	for _, w := range out.Warnings {
		f.object.warnings = append(f.object.warnings, w.Code)
	}
	slices.Sort(f.object.warnings)
	f.object.warnings = slices.Compact(f.object.warnings)
	switch out.State {
	case Stored:
		f.do = actLanded
	case Failed:
		f.codes = out.Codes()
		f.root = out.Root
		f.byCodes(out, able)
	case NotStored:
		f.do = actFollow
		if f.object.ref.Type == TypeRelationship && report.Types[TypeRelationship].Stats.Ignored > 0 {
			f.do = actPresent // unless an end failed, see presentLinks
			f.root = Ref{}
		}
	case Unknown:
		f.do = actAgain
	}
}

// byCodes judges by the codes; the gravest decides.
func (f *ruling) byCodes(out Outcome, able rules) {
	f.do = actPresent
	for _, entry := range out.Errors {
		do := f.byCode(entry.Code, able)
		if entry.Code == codeProgram && slices.Contains(f.codes, codeOrphan) {
			continue // its enrollment is unknown: no program to compare with
		}
		if do > f.do || f.class == "" {
			f.do, f.class = max(do, f.do), dhis2.ClassOf(entry.Code)
		}
		if entry.Code == codeUnique {
			f.entry = entry
		}
	}
}

func (f *ruling) byCode(code string, able rules) action {
	class := dhis2.ClassOf(code)
	verdict := class.Verdict()
	if f.record.strategy == Delete {
		verdict = class.VerdictOnDelete()
	}
	switch verdict {
	case dhis2.VerdictDone, dhis2.VerdictIgnore:
		return actPresent
	case dhis2.VerdictAfterParent:
		if code == codeParentFailed {
			return actFollow
		}
		if len(f.object.parents) > 0 && f.record.tries < able.maxWaits && !f.record.lastChance {
			return actWait
		}
	case dhis2.VerdictUpsert:
		if f.record.strategy == Update {
			return actUpsert
		}
	case dhis2.VerdictRefresh:
		if able.refresh && !f.record.refreshed {
			return actRefresh
		}
	case dhis2.VerdictReincarnate:
		if able.reincarnate && f.record.rewrites < able.maxRewrites {
			return actReincarnate
		}
	case dhis2.VerdictLookUp:
		if code == codeUnique && len(able.unique) > 0 && f.record.rewrites < able.maxRewrites {
			return actAdopt
		}
	case dhis2.VerdictPark, dhis2.VerdictRetry, dhis2.VerdictBisect, dhis2.VerdictSplit, dhis2.VerdictOperator:
	}
	return actReject
}

// rootOf finds the object that kept one from landing which has no error but E5000, or none: a
// parent that failed in the same request, else the gravest failure of its record, which is all or
// nothing.
func (j *judgement) rootOf(f *ruling) Ref {
	for _, parent := range f.object.parents {
		name := f.record.sentName(parent)
		if p := j.byRef[name]; p != nil && p.do >= actFollow {
			return name
		}
	}
	var gravest *ruling
	for i := range j.list {
		g := &j.list[i]
		if g.record == f.record && g != f && len(g.codes) > 0 && (gravest == nil || g.do > gravest.do) {
			gravest = g
		}
	}
	if gravest == nil {
		return Ref{}
	}
	return gravest.object.sent()
}

// follow gives an object the fate of its root.
func (j *judgement) follow(f *ruling) {
	root := j.last(f.root)
	switch {
	case root == nil || root == f || root.shares:
		f.do = actAgain
	case root.do == actReject:
		f.do, f.class, f.root = actReject, root.class, root.object.sent()
	case root.record != f.record && root.do > actPresent:
		f.do = actWait // its own record does not change with the other one
	default:
		f.do = actAgain
	}
}

// last goes from root to root to one that shares nobody's fate.
func (j *judgement) last(ref Ref) *ruling {
	root := j.byRef[ref]
	for steps := 0; root != nil && root.shares && steps <= len(j.list); steps++ {
		root = j.byRef[root.root]
	}
	return root
}

// presentLinks corrects relationships that were taken for known: an end of theirs failed.
func (j *judgement) presentLinks() {
	for i := range j.list {
		f := &j.list[i]
		if f.do != actPresent || f.object.ref.Type != TypeRelationship || len(f.codes) > 0 {
			continue
		}
		for _, end := range f.object.parents {
			if p := j.byRef[f.record.sentName(end)]; p != nil && p.do > actPresent {
				f.root = p.object.sent()
				j.follow(f)
				break
			}
		}
	}
}

// fateOf says what landing meant. The server counts what it created and updated by type only.
func (j *judgement) fateOf(f *ruling, report *Report) Fate {
	o := f.object
	switch {
	case f.record.strategy == Delete:
		return FateDeleted
	case f.do == actPresent && o.lost:
		return FateStored // perhaps by the request whose answer was lost
	case f.do == actPresent:
		return FateUnchanged
	}
	stats := report.Types[o.ref.Type].Stats
	switch {
	case stats.Created == 0 && stats.Updated == 0:
		return FateStored
	case stats.Updated == 0:
		return FateCreated
	case o.before:
		return FateUpdated
	case stats.Created == 0 && !o.lost:
		return FateUpdated
	case stats.Created == 0:
		return FateStored
	}
	known := 0
	for i := range j.list {
		if g := &j.list[i]; g.do == actLanded && g.object.ref.Type == o.ref.Type && g.object.before {
			known++
		}
	}
	if known == stats.Updated {
		return FateCreated
	}
	return FateStored
}

// sentName is how the server knows a parent that the source names.
func (r *record) sentName(ref Ref) Ref {
	if alias := r.aliases[ref]; alias != "" {
		return Ref{ref.Type, alias}
	}
	return ref
}

// decisiveOf is the rejected object that the record is parked for: the gravest of those with
// errors of their own.
func decisiveOf(r *record) *object {
	var best *object
	for i := range r.objects {
		o := &r.objects[i]
		if o.fate != FateRejected {
			continue
		}
		if best == nil || cmp.Compare(weight(o), weight(best)) > 0 {
			best = o
		}
	}
	return best
}

// weight puts objects with errors of their own before those that share another's fate.
func weight(o *object) int {
	switch {
	case o.root != (Ref{}):
		return 0
	case len(o.codes) == 0:
		return 1
	default:
		return 2
	}
}
