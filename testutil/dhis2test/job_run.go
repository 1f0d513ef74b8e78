package dhis2test

import (
	"fmt"
	"runtime"
	"strings"
)

// runJobs is the one worker: it takes the oldest job until none is left, and
// lets requests in between two jobs.
func (s *Server) runJobs() {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queue
	for len(q.waiting) > 0 && q.ctx.Err() == nil {
		j := q.waiting[0]
		q.waiting = q.waiting[1:]
		s.runJob(j)
		j.in = nil // nobody asks for it again
		s.unlocked(runtime.Gosched)
	}
	q.waiting, q.working = nil, false
	q.idle.Broadcast()
}

// runJob imports one job's payload. The server is locked but while
// Options.JobStage is asked.
func (s *Server) runJob(j *job) {
	j.status = "RUNNING"
	run := s.newRun(j.in, j.params, &j.user)
	alive := s.jobStages(j, "Tracker import started", "Loading file resource", "Loading file content", "Running PreHeat")
	sized := s.version.atLeast(2, 43) // when the size of the payload is counted
	if !sized {
		alive = alive && s.jobStages(j, "Calculating Payload Size")
	}
	if alive = alive && s.jobStages(j, "Running PreProcess"); !alive {
		return
	}
	run.now = s.now()
	run.preprocess()
	if !s.jobStages(j, "Running Validation") {
		return
	}
	if !run.skips() {
		run.validate()
	}
	run.filter()
	if !s.jobStages(j, "Running Rule Engine") {
		return
	}
	run.runRules()
	run.shuffle(run.in.size())
	alive = s.jobStages(j, "Running Rule Engine Validation")
	if sized {
		alive = alive && s.jobStages(j, "Calculating Payload Size")
	}
	refused := len(run.errors) > 0 && !run.params.perObject
	if !alive || (!refused && !s.jobStages(j, "Commit Transaction")) {
		return
	}
	if j.dies {
		s.jobDied(j, javaCause(s.version, "ERROR: failed on purpose"))
		return
	}
	run.params.reportMode = "FULL" // the reader of the report chooses
	report, httpErr := run.finish()
	if httpErr != nil {
		s.jobDied(j, javaCause(s.version, httpErr.message))
		return
	}
	if !refused && !s.jobStages(j, "PostCommit") {
		return
	}
	s.jobDone(j, &report)
}

// jobStages notes stages and gives Options.JobStage its say; false means that
// the job is dead.
func (s *Server) jobStages(j *job, stages ...string) bool {
	for _, stage := range stages {
		n := notification{Level: "INFO", Message: stage}
		if len(j.notifications) == 0 {
			n.DataType, n.Data = "PARAMETERS", j.parameters(s.version)
		}
		s.notify(j, n)
		if s.opts.JobStage == nil {
			continue
		}
		var err error
		s.unlocked(func() { err = s.opts.JobStage(s.queue.ctx, j.uid, stage) })
		if err != nil {
			s.jobDied(j, err.Error())
			return false
		}
	}
	return true
}

func (s *Server) notify(j *job, n notification) {
	n.UID = s.uids.next()
	n.ID, n.Category, n.Time = n.UID, jobCategory, s.format(s.now())
	j.notifications = append(j.notifications, n)
}

// jobDone ends a job with a report, good or bad.
func (s *Server) jobDone(j *job, report *importReport) {
	j.report, j.status = report, "COMPLETED"
	level := "INFO"
	if report.Status == "ERROR" {
		level, j.status = "ERROR", "FAILED"
	}
	s.notify(j, notification{Level: level, Completed: true, Message: fmt.Sprintf(
		"Import complete with status %s, %d created, %d updated, %d deleted, %d ignored", report.Status,
		report.Stats.Created, report.Stats.Updated, report.Stats.Deleted, report.Stats.Ignored)})
}

// jobDied ends a job without a report: its notifications are its only trace.
func (s *Server) jobDied(j *job, cause string) {
	last := j.notifications[len(j.notifications)-1].Message
	s.notify(j, notification{Level: "ERROR", Message: cause})
	text := "Process failed: java.util.concurrent.CancellationException"
	if s.version.atLeast(2, 42) {
		text = "Process failed: Non-null post-condition failed after: Tracker import started\n  => " + last
	}
	s.notify(j, notification{Level: "ERROR", Completed: true, Message: text})
	j.status = "FAILED"
}

// javaCause is what a job's notification says of a database's answer.
func javaCause(v version, text string) string {
	if v.atLeast(2, 43) {
		return "org.postgresql.util.PSQLException: " + text
	}
	switch {
	case strings.Contains(text, "duplicate key"):
		return "org.hibernate.exception.ConstraintViolationException: could not execute statement"
	case strings.Contains(text, "deadlock"):
		return "org.hibernate.exception.LockAcquisitionException: could not execute statement"
	default:
		return "org.hibernate.exception.DataException: could not execute statement"
	}
}

// parameters are those of the import, as the first notification shows them.
func (j *job) parameters(v version) map[string]any {
	p := j.params
	show := func(s scheme) map[string]any {
		name, attribute, is := strings.Cut(string(s), ":")
		out := map[string]any{"idScheme": name, "attributeUid": nil}
		if is {
			out["attributeUid"] = attribute
		}
		return out
	}
	mode := map[bool]string{true: "VALIDATE", false: "COMMIT"}[p.validate]
	atomic := map[bool]string{true: "OBJECT", false: "ALL"}[p.perObject]
	out := map[string]any{
		"importMode": mode, "importStrategy": p.strategy, "atomicMode": atomic, "flushMode": p.flushMode,
		"validationMode": p.validationMode, "skipPatternValidation": p.skipPatterns, "skipSideEffects": p.skipEffects,
		"skipRuleEngine": p.skipRules, "filename": nil, "reportMode": p.reportMode,
		"idSchemes": map[string]any{
			"idScheme": show(p.scheme), "dataElementIdScheme": show(p.dataElement), "orgUnitIdScheme": show(p.orgUnit),
			"programIdScheme": show(p.program), "programStageIdScheme": show(p.programStage),
			"categoryOptionComboIdScheme": show(p.categoryOptionCombo), "categoryOptionIdScheme": show(p.categoryOption),
		},
	}
	if v.before(2, 42) {
		out["userId"] = j.user.UID
	}
	return out
}
