package dhis2test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// metaStats are the counts of a metadata import.
type metaStats struct {
	Created int `json:"created"`
	Updated int `json:"updated"`
	Deleted int `json:"deleted"`
	Ignored int `json:"ignored"`
	Total   int `json:"total"`
}

func (a *metaStats) add(b metaStats) {
	a.Created += b.Created
	a.Updated += b.Updated
	a.Deleted += b.Deleted
	a.Ignored += b.Ignored
	a.Total += b.Total
}

// metaObjectReport says what is wrong with one object.
type metaObjectReport struct {
	Klass        string      `json:"klass"`
	Index        int         `json:"index"`
	UID          string      `json:"uid,omitempty"`
	ErrorReports []metaError `json:"errorReports"`
}

type metaError struct {
	Message         string   `json:"message"`
	Args            []string `json:"args"`
	MainKlass       string   `json:"mainKlass"`
	ErrorCode       string   `json:"errorCode"`
	ErrorKlass      string   `json:"errorKlass,omitempty"`
	MainID          string   `json:"mainId,omitempty"`
	ErrorProperty   string   `json:"errorProperty"`
	ErrorProperties []string `json:"errorProperties"`
}

type metaTypeReport struct {
	Klass         string             `json:"klass"`
	Stats         metaStats          `json:"stats"`
	ObjectReports []metaObjectReport `json:"objectReports"`
}

// metadataReport is the answer to POST /api/metadata.
type metadataReport struct {
	Status       string           `json:"status"`
	Stats        metaStats        `json:"stats"`
	TypeReports  []metaTypeReport `json:"typeReports"`
	ResponseType string           `json:"responseType"`
}

const seeDetails = "One or more errors occurred, please see full details in import report."

// importMetadata serves POST /api/metadata. Its atomicMode is ALL or NONE,
// another enum than the tracker's (dhis2.md 1.5).
func (s *Server) importMetadata(w http.ResponseWriter, r *http.Request, user User) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		writeError(w, badRequest("Required request body is missing"))
		return
	}
	in, err := s.catalogue.readExport(body)
	if err != nil {
		writeError(w, badRequest("JSON parse error: %s", err))
		return
	}
	q := r.URL.Query()
	strategy := strings.ToUpper(q.Get("importStrategy"))
	if strategy == "" {
		strategy = "CREATE_AND_UPDATE"
	}
	next := s.catalogue.clone()
	report := s.mergeMetadata(next, in, strategy, user)
	failed := report.Stats.Ignored > 0
	keep := !failed || strings.EqualFold(q.Get("atomicMode"), "NONE")
	if keep && !strings.EqualFold(q.Get("importMode"), "VALIDATE") {
		if err := s.useCatalogue(next); err != nil {
			writeError(w, &httpError{status: http.StatusConflict, message: err.Error()})
			return
		}
	}
	if !failed {
		writeJSON(w, http.StatusOK, message{HTTPStatus: "OK", HTTPStatusCode: http.StatusOK, Status: "OK", Response: report})
		return
	}
	report.Status = "ERROR"
	if !keep {
		report.Stats = metaStats{Ignored: report.Stats.Total, Total: report.Stats.Total}
		for i := range report.TypeReports {
			t := &report.TypeReports[i]
			t.Stats = metaStats{Ignored: t.Stats.Total, Total: t.Stats.Total}
		}
	}
	writeJSON(w, http.StatusConflict, message{
		HTTPStatus: "Conflict", HTTPStatusCode: http.StatusConflict, Status: "WARNING", Message: seeDetails, Response: report,
	})
}

// mergeMetadata puts the objects of an export into c and reports on each
// type. An object with a reference that leads nowhere is refused; it is
// counted twice then [R import-bad-ref].
func (s *Server) mergeMetadata(c *catalogue, in map[string][]object, strategy string, user User) metadataReport {
	report := metadataReport{Status: "OK", TypeReports: []metaTypeReport{}, ResponseType: "ImportReport"}
	// All are put first, so that they can refer to each other in any order.
	existed := map[string]bool{}
	for _, kind := range c.kinds {
		for _, o := range in[kind.plural] {
			uid := text(o["id"])
			existed[kind.plural+"/"+uid] = c.get(kind.plural, uid) != nil
		}
	}
	placed := map[string][]object{}
	for _, kind := range c.kinds {
		for _, o := range in[kind.plural] {
			if strategy == "DELETE" {
				continue
			}
			out := s.saved(c, kind, o, user)
			placed[kind.plural] = append(placed[kind.plural], out)
			c.put(kind.plural, out)
		}
	}
	for _, kind := range c.kinds {
		objects := in[kind.plural]
		if len(objects) == 0 {
			continue
		}
		t := metaTypeReport{Klass: kind.java, ObjectReports: []metaObjectReport{}}
		for i, o := range objects {
			known := existed[kind.plural+"/"+text(o["id"])]
			switch {
			case strategy == "DELETE" && known:
				c.remove(kind.plural, text(o["id"]))
				t.Stats.add(metaStats{Deleted: 1, Total: 1})
			case strategy == "DELETE", strategy == "CREATE" && known, strategy == "UPDATE" && !known:
				t.Stats.add(metaStats{Ignored: 1, Total: 1})
			default:
				if errs := c.referenceErrors(kind, placed[kind.plural][i]); len(errs) > 0 {
					t.ObjectReports = append(t.ObjectReports, metaObjectReport{Klass: kind.java, Index: i, UID: text(o["id"]), ErrorReports: errs})
					t.Stats.add(metaStats{Ignored: 2, Total: 2})
					continue
				}
				done := metaStats{Created: 1, Total: 1}
				if known {
					done = metaStats{Updated: 1, Total: 1}
				}
				t.Stats.add(done)
			}
		}
		report.Stats.add(t.Stats)
		report.TypeReports = append(report.TypeReports, t)
	}
	return report
}

func (c *catalogue) referenceErrors(kind metadataKind, o object) []metaError {
	var out []metaError
	for _, b := range c.broken(o) {
		args := []string{
			fmt.Sprintf("[%s] (%s)", b.uid, b.class),
			fmt.Sprintf("%s [%s] (%s)", text(o["name"]), text(o["id"]), kind.class), b.property,
		}
		out = append(out, metaError{
			Message:   fmt.Sprintf("Invalid reference %s on object %s for association `%s`", args[0], args[1], args[2]),
			MainKlass: kind.java, MainID: text(o["id"]), ErrorCode: "E5002",
			Args: args, ErrorProperty: b.property, ErrorProperties: args,
		})
	}
	return out
}

// useCatalogue makes c the server's metadata, for the next import to see:
// the importer caches none (dhis2.md 1.5).
func (s *Server) useCatalogue(c *catalogue) error {
	export, err := c.export()
	if err != nil {
		return err
	}
	meta, err := (&metadata{}).merge(export)
	if err != nil {
		return err
	}
	s.catalogue, s.meta = c, meta
	s.users = readUsers(c, s.passwords)
	s.store.changed() // what a list finds goes by the metadata
	return nil
}
