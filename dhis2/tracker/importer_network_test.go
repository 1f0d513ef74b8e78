package tracker_test

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/dhis2"
	"github.com/openhim/mediator-go/dhis2/tracker"
	"github.com/openhim/mediator-go/testutil/dhis2test"
)

// network brings requests to a server in the same process, so that everything runs in the fake
// time of testing/synctest. What goes wrong on the way is chosen by fault.
type network struct {
	server http.Handler
	// fault is asked for every import request, with how often these bytes were sent before.
	fault func(body []byte, before int) fault
	// cost is how long an import takes, by the number of objects and of imports under way.
	cost func(objects, underWay int) time.Duration
	// replace answers in the server's stead, if it is set and does not give nil.
	replace func(r *http.Request, body []byte) *http.Response

	// holders is the answer to searches for tracked entities, if it is set.
	holders string
	// plain keeps no account of the imports.
	plain bool
	// entitiesOf says which tracked entities a body is about. Defaults to those it names.
	entitiesOf func(body []byte) []string
	// served is called after the server has served an import.
	served func()

	late sync.WaitGroup // imports whose client has gone

	mu       sync.Mutex
	sent     map[uint64]int
	underWay int
	most     int
	entities map[string]int // tracked entities in requests under way
	shared   []string       // those that were in two at once
	imports  []importCall
	dead     map[string]bool // jobs that died
}

type importCall struct {
	query   string
	objects int
	body    []byte
}

type fault int

const (
	faultNone       fault = iota
	faultInternal         // 500 WebMessage
	faultProxy            // 502 HTML
	faultDeadlock         // 409 WebMessage
	faultHang             // nothing is done, nothing is answered
	faultLate             // nothing is answered, and it is done long after
	faultCommitDrop       // it is done, the connection ends
	faultDrop             // the connection ends before anything is done
	faultDeadJob          // a job that leaves no report
	faultTooLarge         // 413 HTML
	faultMessage          // it is done, the answer is a WebMessage with 200
	faultBad              // 400 WebMessage
)

func (n *network) client(tb testing.TB) *dhis2.Client {
	tb.Helper()
	client, err := dhis2.New(tb.Context(), dhis2.Config{
		URL: "http://dhis2.test", Auth: dhis2.Basic("admin", "district"),
		HTTPClient: &http.Client{Transport: n},
	})
	require.NoError(tb, err)
	return client
}

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	if n.replace != nil {
		if res := n.replace(r, body); res != nil {
			return res, nil
		}
	}
	if r.Method != http.MethodPost || r.URL.Path != "/api/tracker" {
		return n.other(r, body)
	}
	if n.plain {
		return n.serve(r, body), nil
	}
	defer n.enter(r, body)()
	f := faultNone
	if n.fault != nil {
		f = n.fault(body, n.before(body))
	}
	if err := n.spend(r.Context(), body); err != nil {
		return nil, err
	}
	switch f {
	case faultInternal:
		return message(500, `{"httpStatus":"Internal Server Error","httpStatusCode":500,"status":"ERROR","message":"something Amina broke"}`), nil
	case faultDeadlock:
		return message(409, `{"httpStatus":"Conflict","httpStatusCode":409,"status":"ERROR","message":"ERROR: deadlock detected; Key (uid)=(Amina)"}`), nil
	case faultProxy:
		return page(502), nil
	case faultTooLarge:
		return page(413), nil
	case faultHang:
		<-r.Context().Done()
		return nil, r.Context().Err()
	case faultLate:
		always := context.WithoutCancel(r.Context())
		n.late.Go(func() {
			<-r.Context().Done()
			time.Sleep(5 * time.Second) //nolint:forbidigo // of fake time
			_ = n.serve(r.Clone(always), body).Body.Close()
		})
		<-r.Context().Done()
		return nil, r.Context().Err()
	case faultDrop:
		return nil, syscall.ECONNRESET
	case faultCommitDrop:
		n.serve(r, body)
		return nil, syscall.ECONNRESET
	case faultDeadJob:
		return n.deadJob(r, body), nil
	case faultMessage:
		n.serve(r, body)
		return message(200, `{"httpStatus":"OK","httpStatusCode":200,"status":"OK"}`), nil
	case faultBad:
		return message(400, `{"httpStatus":"Bad Request","httpStatusCode":400,"status":"ERROR","message":"JSON parse error: Amina"}`), nil
	case faultNone:
	}
	return n.serve(r, body), nil
}

func (n *network) serve(r *http.Request, body []byte) *http.Response {
	clone := r.Clone(r.Context())
	clone.Body = io.NopCloser(bytes.NewReader(body))
	clone.RequestURI, clone.RemoteAddr = r.URL.RequestURI(), "10.0.0.1:40000"
	clone.Host = r.URL.Host
	recorder := httptest.NewRecorder()
	n.server.ServeHTTP(recorder, clone)
	if n.served != nil && r.Method == http.MethodPost {
		n.served()
	}
	return recorder.Result()
}

// other serves what is no import; jobs that died are remembered here.
func (n *network) other(r *http.Request, body []byte) (*http.Response, error) {
	if n.holders != "" && r.URL.Path == "/api/tracker/trackedEntities" {
		return message(200, n.holders), nil
	}
	if id, ok := strings.CutPrefix(r.URL.Path, "/api/tracker/jobs/"); ok {
		id, report, _ := strings.Cut(id, "/")
		n.mu.Lock()
		dead := n.dead[id]
		n.mu.Unlock()
		switch {
		case dead && report != "":
			return message(404, `{"httpStatus":"Not Found","httpStatusCode":404,"status":"ERROR","message":"Summary for job does not exist","errorCode":"E1005"}`), nil
		case dead:
			return message(200, `[{"level":"ERROR","completed":true,"message":"Process failed: Amina"},{"level":"INFO","completed":false}]`), nil
		}
	}
	return n.serve(r, body), nil
}

func (n *network) deadJob(r *http.Request, body []byte) *http.Response {
	if r.URL.Query().Get("async") != "true" {
		return message(500, `{"httpStatus":"Internal Server Error","httpStatusCode":500,"status":"ERROR"}`)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	id := dhis2.DeriveUID("dead", strconv.Itoa(len(n.imports)), string(body[:min(len(body), 100)]))
	if n.dead == nil {
		n.dead = map[string]bool{}
	}
	n.dead[id] = true
	return message(200, `{"httpStatus":"OK","httpStatusCode":200,"status":"OK","message":"Tracker job added","response":{"id":"`+id+`","location":"http://elsewhere.test/tracker/jobs/`+id+`"}}`)
}

// spend lets the time go by that the import takes.
func (n *network) spend(ctx context.Context, body []byte) error {
	if n.cost == nil {
		return nil
	}
	n.mu.Lock()
	d := n.cost(countObjects(body), n.underWay)
	n.mu.Unlock()
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// before counts how often the same bytes came.
func (n *network) before(body []byte) int {
	h := fnv.New64a()
	_, _ = h.Write(body)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.sent == nil {
		n.sent = map[uint64]int{}
	}
	n.sent[h.Sum64()]++
	return n.sent[h.Sum64()] - 1
}

// enter notes a request as under way, and the tracked entities in it.
func (n *network) enter(r *http.Request, body []byte) (leave func()) {
	entitiesOf := entitiesIn
	if n.entitiesOf != nil {
		entitiesOf = n.entitiesOf
	}
	entities := entitiesOf(body)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.imports = append(n.imports, importCall{query: r.URL.RawQuery, objects: countObjects(body), body: body})
	n.underWay++
	n.most = max(n.most, n.underWay)
	if n.entities == nil {
		n.entities = map[string]int{}
	}
	for _, uid := range entities {
		if n.entities[uid]++; n.entities[uid] > 1 {
			n.shared = append(n.shared, uid)
		}
	}
	return func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.underWay--
		for _, uid := range entities {
			if n.entities[uid]--; n.entities[uid] == 0 {
				delete(n.entities, uid)
			}
		}
	}
}

// entitiesIn are the tracked entities that a body names, each once.
func entitiesIn(body []byte) []string {
	const mark = `"trackedEntity":"`
	var uids []string
	for rest := string(body); ; {
		_, after, found := strings.Cut(rest, mark)
		if !found {
			slices.Sort(uids)
			return slices.Compact(uids)
		}
		uids, rest = append(uids, after[:11]), after
	}
}

// countObjects counts the objects of a flat body: all but links have an org unit.
func countObjects(body []byte) int {
	return bytes.Count(body, []byte(`"orgUnit":`)) + bytes.Count(body, []byte(`"relationshipType":`))
}

func message(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

func page(status int) *http.Response {
	const body = "<html><head><title>proxy</title></head></html>"
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"text/html"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// newWorld is a fake DHIS2 behind a network, and a client of it.
func newWorld(tb testing.TB) (*dhis2test.Server, *network, *dhis2.Client) {
	tb.Helper()
	server, err := dhis2test.Handler(dhis2test.Options{})
	require.NoError(tb, err)
	n := &network{server: server}
	return server, n, n.client(tb)
}

func newImporter(tb testing.TB, cfg tracker.ImporterConfig) *tracker.Importer {
	tb.Helper()
	importer, err := tracker.NewImporter(cfg)
	require.NoError(tb, err)
	return importer
}

// results collects what an importer tells.
type results struct{ list []tracker.Result }

func (r *results) add(one tracker.Result) error {
	r.list = append(r.list, one)
	return nil
}

func (r *results) of(ref tracker.Ref) tracker.Result {
	for _, one := range r.list {
		if one.Ref == ref {
			return one
		}
	}
	return tracker.Result{}
}

func sequence(records ...tracker.Record) iter.Seq2[tracker.Record, error] {
	return func(yield func(tracker.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// Metadata of the seed.
const (
	seedPerson   = "peOCoLO91lG"
	seedFacility = "lgY4CHs5HtP"
	seedOther    = "iPrqVTs7evU"
	seedChild    = "sBSRMACZJOQ" // program
	seedVisit    = "zOK5Pk5V5Yz" // repeatable stage
	seedWeight   = "SyY2t3MmAHo"
	seedGiven    = "iPWPq2EJtIk"
	seedFamily   = "GOCQVgGQGEU"
	seedNID      = "XhXpL2WqB15" // unique
	seedBorn     = "lXXkJgofAcb"
	seedMother   = "w7FYpYuewfo" // relationship type
)

func uidOf(kind string, i int) string { return dhis2.DeriveUID("importer", kind, strconv.Itoa(i)) }

// childRecord is a patient with an enrollment and two events; version is in its values.
func childRecord(i, version int) tracker.Record {
	te := uidOf("te", i)
	weight := strconv.Itoa(version)
	visit := func(n int) tracker.Event {
		return tracker.Event{
			Event: uidOf(fmt.Sprint("visit", n), i), Program: seedChild, ProgramStage: seedVisit, OrgUnit: seedFacility,
			Status: tracker.EventCompleted, OccurredAt: "1999-02-01",
			DataValues: []tracker.DataValue{{DataElement: seedWeight, Value: weight}},
		}
	}
	return tracker.Record{
		Source: fmt.Sprintf("patient %d v%d", i, version), Version: int64(version),
		Payload: tracker.Payload{TrackedEntities: []tracker.TrackedEntity{{
			TrackedEntity: te, TrackedEntityType: seedPerson, OrgUnit: seedFacility,
			Attributes: []tracker.Attribute{{Attribute: seedGiven, Value: "Amina"}, {Attribute: seedFamily, Value: "v" + weight}},
			Enrollments: []tracker.Enrollment{{
				Enrollment: uidOf("enrollment", i), Program: seedChild, OrgUnit: seedFacility, EnrolledAt: "1999-01-05",
				Attributes: []tracker.Attribute{{Attribute: seedBorn, Value: "1998-12-30"}},
				Events:     []tracker.Event{visit(1), visit(2)},
			}},
		}}},
	}
}

// visitRecord is one more event of a patient.
func visitRecord(i, version int) tracker.Record {
	return tracker.Record{
		Key: uidOf("te", i), Source: fmt.Sprintf("visit %d v%d", i, version), Version: int64(version),
		Payload: tracker.Payload{Events: []tracker.Event{{
			Event: uidOf("visit3", i), Enrollment: uidOf("enrollment", i), Program: seedChild, ProgramStage: seedVisit,
			OrgUnit: seedFacility, Status: tracker.EventActive, OccurredAt: "1999-03-01",
			DataValues: []tracker.DataValue{{DataElement: seedWeight, Value: strconv.Itoa(version)}},
		}}},
	}
}

// motherRecord links a patient to the next.
func motherRecord(i int) tracker.Record {
	return tracker.Record{Key: uidOf("te", i), Source: fmt.Sprint("mother ", i), Payload: tracker.Payload{
		Relationships: []tracker.Relationship{{
			Relationship: uidOf("mother", i), RelationshipType: seedMother,
			From: tracker.RelationshipItem{TrackedEntity: uidOf("te", i)}, To: tracker.RelationshipItem{TrackedEntity: uidOf("te", i+1)},
		}},
	}}
}
