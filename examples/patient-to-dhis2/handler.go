package main

import (
	"context"
	"fmt"
	"hash/maphash"
	"net/http"
	"strconv"
	"time"

	"github.com/openhim/mediator-go/mediator"
)

// handler takes patients to DHIS2.
type handler struct {
	dhis2  *dhis2
	target target
	system string // of the identifier patients are known by
	now    func() time.Time
	lanes  lanes
}

// receive handles POST /fhir/Patient and POST /fhir.
func (h *handler) receive(ctx context.Context, req *mediator.Request) (*mediator.Response, error) {
	in, issues, err := readMessage(req)
	if err != nil {
		return nil, err
	}
	if len(issues) > 0 {
		return fhirResponse(http.StatusUnprocessableEntity, newOutcome(issues...))
	}
	p, issues := readPatient(in.patient, in.path, h.system)
	if len(issues) > 0 {
		return fhirResponse(http.StatusUnprocessableEntity, newOutcome(issues...))
	}
	results, err := h.upsert(ctx, p)
	if err != nil {
		return nil, err
	}
	if status, issues := failures(results, in.path); len(issues) > 0 {
		return fhirResponse(status, newOutcome(issues...))
	}
	return success(in, results)
}

// upsert looks up what is stored, merges and writes, one message of a patient
// at a time: DHIS2 has no locks, the last of two writers wins (dhis2.md
// section 0, fact 9).
func (h *handler) upsert(ctx context.Context, p patient) ([]result, error) {
	uid, _ := h.target.uids(p)
	leave, err := h.lanes.enter(ctx, uid)
	if err != nil {
		return nil, err
	}
	defer leave()

	tx := mediator.TransactionFrom(ctx)
	tx.SetProperty("dhis2-program", h.target.program)
	tx.SetProperty("dhis2-tracked-entity", uid)
	tx.SetProperty("birth-date-precision", p.born.precision())
	stored, err := h.dhis2.stored(ctx, uid)
	if err != nil {
		return nil, err
	}
	body := h.target.build(p, stored, h.now())
	report, err := h.dhis2.send(ctx, body)
	if err != nil {
		return nil, err
	}
	results := report.results(body)
	created, updated, refused := 0, 0, 0
	for _, r := range results {
		switch {
		case r.created:
			created++
		case r.stored:
			updated++
		default:
			refused++
		}
	}
	tx.SetProperty("dhis2-created", strconv.Itoa(created))
	tx.SetProperty("dhis2-updated", strconv.Itoa(updated))
	tx.SetProperty("dhis2-refused", strconv.Itoa(refused))
	return results, nil
}

// success answers 201 for a new patient and 200 for a known one.
func success(in incoming, results []result) (*mediator.Response, error) {
	status := http.StatusOK
	var issues []issue
	for _, r := range results {
		done := "updated"
		if r.created {
			done = "created"
			if r.trackerType == "TRACKED_ENTITY" {
				status = http.StatusCreated
			}
		}
		issues = append(issues, information(fmt.Sprintf("%s %s %s", r.name, r.uid, done)))
	}
	location := "Patient/" + results[0].uid
	if in.bundle {
		return fhirResponse(http.StatusOK, bundleResponse(status, location, newOutcome(issues...)))
	}
	resp, err := fhirResponse(status, newOutcome(issues...))
	if err == nil {
		resp.Header.Set("Location", "/fhir/"+location)
	}
	return resp, err
}

// lanes let one message of a patient through at a time. Two patients share a
// lane now and then, which only costs time. They hold within one process: of
// several replicas each has its own.
type lanes struct {
	seed maphash.Seed
	free []chan struct{}
}

func newLanes() lanes {
	l := lanes{seed: maphash.MakeSeed(), free: make([]chan struct{}, 256)}
	for i := range l.free {
		l.free[i] = make(chan struct{}, 1)
	}
	return l
}

func (l lanes) enter(ctx context.Context, uid string) (leave func(), err error) {
	lane := l.free[maphash.String(l.seed, uid)%uint64(len(l.free))]
	select {
	case lane <- struct{}{}:
		return func() { <-lane }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
