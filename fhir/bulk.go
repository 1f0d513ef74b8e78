package fhir

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// Export is what a bulk export (http://hl7.org/fhir/uv/bulkdata) takes along.
// The zero value is everything the server has.
type Export struct {
	// Patients exports the records of all patients (Patient/$export) instead of
	// the whole server. Defaults to false.
	Patients bool
	// Group exports the records of the members of the group of this id
	// (Group/{id}/$export). Defaults to none.
	Group string
	// Types are the resource types. Defaults to all.
	Types []string
	// Since takes along only what was stored after it. Defaults to everything.
	Since time.Time
	// Filters are searches that narrow down (_typeFilter), such as
	// "Observation?code=http://loinc.org|8867-4". Not every server does it.
	Filters []string
	// Elements are those to show. Defaults to all.
	Elements []string
	// Query holds further parameters of the server's.
	Query Query
}

// StartExport has the server begin a bulk export. Wait for it with
// [ExportJob.Wait].
func (c *Client) StartExport(ctx context.Context, e Export) (*ExportJob, error) {
	op := Operation{Name: "export", Query: e.query()}
	switch {
	case e.Group != "":
		op.Type, op.ID = "Group", e.Group
	case e.Patients:
		op.Type = "Patient"
	}
	q, err := c.newOperation(op)
	if err != nil {
		return nil, err
	}
	job, err := c.start(ctx, q)
	if err != nil {
		return nil, err
	}
	return &ExportJob{Job: job}, nil
}

func (e Export) query() Query {
	q := Query{ByRaw("_outputFormat", mediaNDJSON)}
	if len(e.Types) > 0 {
		q = append(q, listed("_type", elementName, e.Types))
	}
	if !e.Since.IsZero() {
		q = append(q, Since(e.Since))
	}
	for _, f := range e.Filters {
		q = append(q, ByRaw("_typeFilter", f))
	}
	if len(e.Elements) > 0 {
		q = append(q, listed("_elements", elementName, e.Elements))
	}
	return append(q, e.Query...)
}

// ExportJob is a bulk export under way. It is safe for concurrent use.
type ExportJob struct{ *Job }

// ExportJob is an export that was started before, by the URL of its job.
func (c *Client) ExportJob(url string) (*ExportJob, error) {
	job, err := c.Job(url)
	if err != nil {
		return nil, err
	}
	return &ExportJob{Job: job}, nil
}

// Exported is a finished export: a list of files.
type Exported struct {
	// TransactionTime is the server's time of the export: the Since of the next
	// one.
	TransactionTime time.Time
	// Files hold the resources.
	Files []ExportFile
	// Errors hold OperationOutcomes about what could not be exported.
	Errors []ExportFile
	// Deleted hold Bundles that list what was deleted since.
	Deleted []ExportFile

	client *Client
}

// ExportFile is one file of an export, in NDJSON.
type ExportFile struct {
	// Type of the resources in it.
	Type string
	// URL is where the file is, as the server wrote it.
	URL string
	// Count is the number of resources, -1 if the server does not say.
	Count int

	anonymous bool // it is to be read without credentials
}

// Wait waits until the files are there. A part that could not be exported is
// no error: see Exported.Errors.
func (j *ExportJob) Wait(ctx context.Context, options PollOptions) (*Exported, error) {
	answer, err := j.Job.Wait(ctx, options)
	if err != nil {
		return nil, err
	}
	if answer.Status != http.StatusOK || !json.Valid(answer.Body) {
		return nil, answer.broken(errors.New("the list of files is no JSON"))
	}
	raw := gjson.ParseBytes(answer.Body)
	if !raw.Get("output").IsArray() {
		return nil, answer.broken(errors.New("it is no list of files"))
	}
	at, err := time.Parse(time.RFC3339Nano, text(raw.Get("transactionTime")))
	if err != nil {
		return nil, answer.broken(errors.New("the list of files has no transactionTime"))
	}
	token := raw.Get("requiresAccessToken")
	out := &Exported{TransactionTime: at, client: j.client}
	for name, files := range map[string]*[]ExportFile{"output": &out.Files, "error": &out.Errors, "deleted": &out.Deleted} {
		for _, f := range items(raw.Get(name)) {
			file := ExportFile{
				Type: text(f.Get("type")), URL: text(f.Get("url")), Count: -1, anonymous: token.Type == gjson.False,
			}
			if n := f.Get("count"); n.Type == gjson.Number {
				file.Count = int(n.Int())
			}
			*files = append(*files, file)
		}
	}
	return out, nil
}

// fileRequest is the request for a file. One that needs credentials must be on
// the client's own origin; one that needs none may be anywhere, as files in
// object stores with signed URLs are.
func (c *Client) fileRequest(f ExportFile) (*request, error) {
	u, err := c.follow(f.URL, "")
	anonymous := f.anonymous
	if errors.Is(err, ErrOtherOrigin) && f.anonymous {
		u, err = c.fileURL(f.URL)
	}
	if err != nil {
		return nil, fmt.Errorf("fhir: read a file of the export: %w", err)
	}
	q := c.newRequest(http.MethodGet)
	q.raw, u.RawQuery = u.RawQuery, ""
	q.url, q.anonymous = u, anonymous
	q.header.Set("Accept", strings.Join([]string{mediaNDJSON, "application/ndjson;q=0.9", "application/x-ndjson;q=0.9"}, ", "))
	return q, nil
}
