package rest

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/openhim/mediator-go/testutil/fhirtest/internal/index"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/jsontree"
	"github.com/openhim/mediator-go/testutil/fhirtest/internal/store"
)

// job is a bulk export. What it exports is what was there when it was asked for.
type job struct {
	request string
	at      string
	files   []exportFile
	polls   int
}

type exportFile struct {
	typ  string
	data []byte
}

// mostJobs bounds the exports that are kept; the oldest go first.
const mostJobs = 100

type jobs struct {
	mu    sync.Mutex
	byID  map[string]*job
	order []string
}

func (j *jobs) forget() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.byID, j.order = nil, nil
}

// export is $export, the kick-off of a bulk export: of the system or of all patients.
func export(x *exchange) (*answer, *failure) {
	if !x.prefers("respond-async") {
		return nil, fail(http.StatusBadRequest, "invalid", "an export needs Prefer: respond-async").
			hapi(0, "HAPI-0513: Must request async processing for $export")
	}
	types := x.tx.Types()
	if text := x.param("_type"); text != "" {
		types = strings.Split(text, ",")
	}
	var since index.Span
	if text := x.param("_since"); text != "" {
		var ok bool
		if since, ok = index.ParseSpan(text); !ok {
			return nil, fail(http.StatusBadRequest, "value", "_since is no instant")
		}
	}
	path := x.base + "/$export"
	if x.typ != "" {
		path = x.base + "/" + x.typ + "/$export"
	}
	made := &job{request: withQuery(path, x.params), at: x.instant(x.now)}
	for _, typ := range types {
		if !x.e.table.IsResource(typ) {
			return nil, fail(http.StatusBadRequest, "value", "_type names no resource type: %s", typ).
				hapi(0, "HAPI-2039: Failed to validate parameters for job of type BULK_EXPORT: Resource type %s is not a supported resource type!", typ)
		}
		if x.typ == "Patient" && typ != "Patient" && len(x.e.table.Compartment(typ)) == 0 {
			continue
		}
		var data bytes.Buffer
		for v := range x.tx.All(typ) {
			if !v.Updated.Before(since.From) {
				data.Write(v.Body)
				data.WriteByte('\n')
			}
		}
		if data.Len() > 0 {
			made.files = append(made.files, exportFile{typ, data.Bytes()})
		}
	}
	id := newUUID()
	x.e.jobs.mu.Lock()
	defer x.e.jobs.mu.Unlock()
	if x.e.jobs.byID == nil {
		x.e.jobs.byID = map[string]*job{}
	}
	x.e.jobs.byID[id] = made
	x.e.jobs.order = append(x.e.jobs.order, id)
	if len(x.e.jobs.order) > mostJobs {
		delete(x.e.jobs.byID, x.e.jobs.order[0])
		x.e.jobs.order = slices.Delete(x.e.jobs.order, 0, 1)
	}
	return &answer{status: http.StatusAccepted, plain: true, header: http.Header{"Content-Location": {x.base + "/$export-poll-status?_jobId=" + id}}}, nil
}

// exportStatus is what Content-Location of the kick-off leads to: GET asks, DELETE
// cancels. With _file it is one of the files.
func exportStatus(x *exchange) (*answer, *failure) {
	id := x.param("_jobId")
	x.e.jobs.mu.Lock()
	defer x.e.jobs.mu.Unlock()
	found := x.e.jobs.byID[id]
	if found == nil {
		return nil, fail(http.StatusNotFound, "not-found", "there is no such export").
			hapi(0, "HAPI-2040: Unknown instance ID: %s. Please check if the input job ID is valid.", id)
	}
	switch {
	case x.method == http.MethodDelete:
		delete(x.e.jobs.byID, id)
		done := outcome(Issue{Severity: "information", Code: "informational", Text: "the export was cancelled"})
		if x.e.config.HAPI {
			done = jsontree.NewObject("resourceType", "OperationOutcome", "issue", jsontree.NewArray(jsontree.NewObject("severity", "information",
				"code", "informational", "diagnostics", "Job instance <"+id+"> successfully cancelled.")))
			return &answer{status: http.StatusAccepted, plain: true, body: done.Bytes(), contentType: none}, nil
		}
		return &answer{status: http.StatusAccepted, tree: done}, nil
	case x.method != http.MethodGet:
		return nil, notAllowed("GET, DELETE")
	case found.polls < x.e.config.ExportPolls:
		found.polls++
		h := http.Header{"X-Progress": {"Build in progress - Status set to QUEUED at " + found.at}, "Retry-After": {"120"}}
		return &answer{status: http.StatusAccepted, plain: true, header: h}, nil
	}
	output := jsontree.NewArray()
	for _, file := range found.files {
		output.Items = append(output.Items, jsontree.NewObject("type", file.typ, "url", x.base+"/Binary/export-"+id+"-"+file.typ))
	}
	manifest := jsontree.NewObject("transactionTime", found.at, "request", found.request, "requiresAccessToken", x.e.config.HAPI, "output", output, "error", jsontree.NewArray())
	return &answer{status: http.StatusOK, plain: true, body: manifest.Bytes(), contentType: "application/json"}, nil
}

// exportedFile is a file of an export, served as a Binary; nil when it is none.
func (x *exchange) exportedFile(id string) *store.Version {
	rest, ok := strings.CutPrefix(id, "export-")
	const uuidLength = 36
	if !ok || len(rest) <= uuidLength+1 {
		return nil
	}
	x.e.jobs.mu.Lock()
	defer x.e.jobs.mu.Unlock()
	found := x.e.jobs.byID[rest[:uuidLength]]
	if found == nil {
		return nil
	}
	for _, file := range found.files {
		if file.typ != rest[uuidLength+1:] {
			continue
		}
		meta := jsontree.NewObject("versionId", "1", "lastUpdated", x.instant(x.now))
		if x.e.config.HAPI {
			meta.Insert(0, "extension", jsontree.NewArray(
				jsontree.NewObject("url", "https://hapifhir.org/NamingSystem/bulk-export-job-id", "valueString", rest[:uuidLength]),
				jsontree.NewObject("url", "https://hapifhir.org/NamingSystem/bulk-export-binary-resource-type", "valueString", file.typ)))
		}
		tree := jsontree.NewObject("resourceType", "Binary", "id", id, "meta", meta, "contentType", "application/fhir+ndjson",
			"data", base64.StdEncoding.EncodeToString(file.data))
		return &store.Version{Type: "Binary", ID: id, Number: 1, Updated: x.now, Tree: tree, Body: tree.Bytes()}
	}
	return nil
}
