package dhis2test

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// csvTypes are the media types an export as CSV can be asked for with, the
// first one being what it is answered with.
const (
	csvType     = "application/csv"
	csvTextType = "text/csv"
	csvGzipType = "application/csv+gzip"
	csvZipType  = "application/csv+zip"
)

// csvForm is how a CSV export goes out.
type csvForm string

// acceptedCSV is the form an Accept header asks for; "" when it takes JSON.
func acceptedCSV(r *http.Request) csvForm {
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		media, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		switch media {
		case csvType, csvTextType:
			return csvType
		case csvGzipType, csvZipType:
			return csvForm(media)
		case "application/json", "*/*", "application/*":
			return ""
		}
	}
	return ""
}

// csvColumns are the columns of an export of tracked entities: one row for an
// attribute, or one for an entity without any.
const (
	csvEntityColumns = "trackedEntity,trackedEntityType,createdAt,createdAtClient,updatedAt,updatedAtClient,orgUnit,inactive,deleted," +
		"potentialDuplicate,geometry,latitude,longitude,storedBy,createdBy,updatedBy,attrCreatedAt,attrUpdatedAt,attribute," +
		"displayName,value,valueType"
	csvEventColumns = "event,status,program,programStage,enrollment,orgUnit,occurredAt,scheduledAt,geometry,latitude,longitude," +
		"followUp,deleted,createdAt,createdAtClient,updatedAt,updatedAtClient,completedBy,completedAt,updatedBy," +
		"attributeOptionCombo,attributeCategoryOptions,assignedUser,dataElement,value,storedBy,providedElsewhere," +
		"storedByDataValue,updatedAtDataValue,createdAtDataValue"
)

// csvWriter writes rows as Jackson does: a text is quoted when it is long or
// holds a character up to the comma.
type csvWriter struct{ out bytes.Buffer }

func (c *csvWriter) header(columns string) { c.out.WriteString(columns + "\n") }

func (c *csvWriter) row(cells ...string) {
	for i, cell := range cells {
		if i > 0 {
			c.out.WriteByte(',')
		}
		c.out.WriteString(quoteCSV(cell))
	}
	c.out.WriteByte('\n')
}

// longUnquoted is the longest text Jackson looks through before it quotes.
const longUnquoted = 24

func quoteCSV(text string) string {
	if len([]rune(text)) > longUnquoted || strings.IndexFunc(text, func(r rune) bool { return r <= ',' }) >= 0 {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}

// csvTime is in UTC, unlike the times of JSON (dhis2.md section 0, fact 7),
// without a fraction of zero.
func csvTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	layout := "2006-01-02T15:04:05.000Z"
	if t.Nanosecond()/int(time.Millisecond) == 0 {
		layout = "2006-01-02T15:04:05Z"
	}
	return t.UTC().Format(layout)
}

// csvPoint is a geometry as WKT with the coordinates of a point.
func csvPoint(geometry any) (wkt, latitude, longitude string) {
	doc, _ := geometry.(map[string]any)
	point, _ := doc["coordinates"].([]any)
	if doc["type"] != "Point" || len(point) < 2 {
		return "", "", ""
	}
	longitude, latitude = fmt.Sprint(point[0]), fmt.Sprint(point[1])
	return "POINT (" + longitude + " " + latitude + ")", latitude, longitude
}

// csvEntities serves the list of tracked entities as CSV.
func (s *Server) csvEntities(form csvForm) handler {
	return func(w http.ResponseWriter, r *http.Request, user User) {
		rows, q, x, err := s.findEntities(r, user)
		if err != nil {
			writeError(w, err)
			return
		}
		c := &csvWriter{}
		if queryOf(r).Get("skipHeader") != "true" {
			c.header(csvEntityColumns)
		}
		first, last := q.page.window(len(rows))
		for _, e := range rows[first:last] {
			x.csvEntity(c, e, q.program)
		}
		x.sendCSV(w, form, "trackedEntities", c)
	}
}

func (x *exporter) csvEntity(c *csvWriter, e *entity, program string) {
	wkt, latitude, longitude := csvPoint(e.geometry)
	stored := ""
	if x.shape.entityStoredBy {
		stored = usernameOf(e.createdBy)
	}
	cells := []string{
		e.uid, e.entityType, csvTime(&e.createdAt), csvTime(e.createdAtClient), csvTime(&e.updatedAt), csvTime(e.updatedAtClient),
		x.orgUnit(e.orgUnit), strconv.FormatBool(e.inactive), strconv.FormatBool(e.deleted), strconv.FormatBool(e.potentialDuplicate),
		wkt, latitude, longitude, stored, usernameOf(e.createdBy), usernameOf(e.updatedBy),
	}
	shown := 0
	for _, v := range x.shownValues(e, program) {
		a := x.s.meta.attributes[v.ref]
		c.row(append(cells[:len(cells):len(cells)], csvTime(&v.createdAt), csvTime(&v.updatedAt), v.ref, a.Name, v.text, a.ValueType)...)
		shown++
	}
	if shown == 0 {
		c.row(append(cells[:len(cells):len(cells)], "", "", "", "", "", "")...)
	}
}

// csvEvents serves the list of events as CSV: one row for a data value, or one
// for an event without any.
func (s *Server) csvEvents(form csvForm) handler {
	return func(w http.ResponseWriter, r *http.Request, user User) {
		rows, q, x, err := s.findEvents(r, user, func(*eventQuery) {})
		if err != nil {
			writeError(w, err)
			return
		}
		c := &csvWriter{}
		if queryOf(r).Get("skipHeader") != "true" {
			c.header(csvEventColumns)
		}
		first, last := q.page.window(len(rows))
		for _, e := range rows[first:last] {
			x.csvEvent(c, e)
		}
		x.sendCSV(w, form, "events", c)
	}
}

func (x *exporter) csvEvent(c *csvWriter, e *event) {
	wkt, latitude, longitude := csvPoint(e.geometry)
	parent := x.s.store.enrollments.get(e.enrollment)
	enrollment := ""
	if parent != nil || x.s.version.before(2, 43) {
		enrollment = x.s.enrollmentOf(e)
	}
	cells := []string{
		e.uid, e.status, x.program(e.program), x.stage(e.stage), enrollment, x.orgUnit(e.orgUnit),
		csvTime(e.occurredAt), csvTime(e.scheduledAt), wkt, latitude, longitude,
		strconv.FormatBool(parent != nil && parent.followUp), strconv.FormatBool(e.deleted),
		csvTime(&e.createdAt), csvTime(e.createdAtClient), csvTime(&e.updatedAt), csvTime(e.updatedAtClient),
		e.completedBy, csvTime(e.completedAt), usernameOf(e.updatedBy),
		x.optionCombo(e.categoryOptionCombo), x.categoryOptions(e.categoryOptionCombo), usernameOf(e.assigned),
	}
	for _, v := range e.values {
		element := x.ids.name(x.ids.dataElement, "DataElement", baseOf(x.s.meta.dataElements, v.ref), v.ref)
		c.row(append(cells[:len(cells):len(cells)], element, v.text, usernameOf(v.by), strconv.FormatBool(v.providedElsewhere), "",
			csvTime(&v.updatedAt), csvTime(&v.createdAt))...)
	}
	if len(e.values) == 0 {
		c.row(append(cells[:len(cells):len(cells)], "", "", "", "", "", "", "")...)
	}
}

// sendCSV answers with the rows, packed if that was asked for.
func (x *exporter) sendCSV(w http.ResponseWriter, form csvForm, name string, c *csvWriter) {
	if err := x.ids.missing(); err != nil {
		writeError(w, err)
		return
	}
	file := name + ".csv"
	switch form {
	case csvGzipType:
		sendPacked(w, csvGzipType, file+".gz", gzipped(c.out.Bytes()))
	case csvZipType:
		sendPacked(w, csvZipType, file+".zip", zippedAs(file, c.out.Bytes()))
	default:
		w.Header().Set("Content-Type", csvType+";charset=UTF-8")
		w.Header().Set("Content-Disposition", "attachment; filename="+file)
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write(c.out.Bytes())
	}
}
