package dhis2test

// stored notes what the commit did with an object.
func (run *importRun) stored(b *bundleReport, h *head) {
	t := b.TypeReportMap[h.kind]
	t.Stats.count(h.do)
	r := objectReport{TrackerType: h.kind, UID: h.uid, ErrorReports: noReports}
	if run.version.before(2, 41) {
		index := len(t.ObjectReports)
		r.Index = &index
	}
	t.ObjectReports = append(t.ObjectReports, r)
}

// ignored counts what an import with errors leaves alone: all of it; from 2.43
// what has an error and what could have been stored, without the grandchildren
// of failed objects, which are neither [R43 seed-invalid].
func (run *importRun) ignored() int {
	if run.version.before(2, 43) {
		return run.in.size()
	}
	n := len(run.invalid)
	for _, e := range run.in.entities {
		n += one(e.persist)
	}
	for _, e := range run.in.enrollments {
		n += one(e.persist)
	}
	for _, e := range run.in.events {
		n += one(e.persist)
	}
	for _, r := range run.in.relationships {
		n += one(r.persist)
	}
	return n
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// noReports are the errors of an object that was stored.
var noReports = []string{} //nolint:gochecknoglobals // read-only

// totals fills the counts of a committed import. The report's ignored counts
// the objects with an error and the known relationships. A type's own ignored
// counts up to 2.42 everything of it that was sent and not stored, also dropped
// duplicates and children of failed parents [R atomic-object-children,
// rel-dup-in-payload]; from 2.43 it counts as the report does [R43].
func (run *importRun) totals(report *importReport, relationshipsSent, knownRelationships int) {
	sent := map[string]int{
		typeEntity: len(run.in.entities), typeEnrollment: len(run.in.enrollments),
		typeEvent: len(run.in.events), typeRelationship: relationshipsSent,
	}
	failed := map[string]int{typeRelationship: knownRelationships}
	for object := range run.invalid {
		failed[object.kind]++
	}
	for trackerType, t := range report.BundleReport.TypeReportMap {
		report.Stats.Created += t.Stats.Created
		report.Stats.Updated += t.Stats.Updated
		report.Stats.Deleted += t.Stats.Deleted
		t.Stats.Ignored = sent[trackerType] - len(t.ObjectReports)
		if run.version.atLeast(2, 43) {
			t.Stats.Ignored = failed[trackerType]
		}
		t.Stats.sum()
	}
	report.Stats.Ignored = len(run.invalid) + knownRelationships
}
