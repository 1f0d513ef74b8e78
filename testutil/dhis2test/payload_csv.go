package dhis2test

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strings"
	"time"
)

// csvColumns are the columns of events as CSV without a header row.
func csvColumns() []string {
	return strings.Fields("event status program programStage enrollment orgUnit occurredAt scheduledAt geometry latitude " +
		"longitude followUp deleted createdAt createdAtClient updatedAt updatedAtClient completedBy completedAt updatedBy " +
		"attributeOptionCombo attributeCategoryOptions assignedUser dataElement value storedBy providedElsewhere " +
		"storedAtDataValue createdAtDataValue updatedAtDataValue")
}

// readEventCSV reads events as CSV: one row for each data value, the rows of
// one event share its UID. With a header, the first row names the columns.
func readEventCSV(body []byte, header bool, v version, loc *time.Location, uids *uidSource) (*payload, *httpError) {
	r := csv.NewReader(bytes.NewReader(body))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		return nil, &httpError{status: http.StatusBadRequest, message: "CSV could not be read: " + err.Error()}
	}
	columns := csvColumns()
	if header && len(rows) > 0 {
		columns, rows = rows[0], rows[1:]
	}
	var events []any
	byUID := map[string]map[string]any{}
	for _, row := range rows {
		m := map[string]any{}
		for i, text := range row {
			if i < len(columns) && text != "" {
				m[columns[i]] = text
			}
		}
		uid, _ := m["event"].(string)
		e := byUID[uid]
		if e == nil || uid == "" {
			e = m
			if uid != "" {
				byUID[uid] = e
			}
			if name, ok := m["assignedUser"]; ok {
				e["assignedUser"] = map[string]any{"username": name}
			}
			events = append(events, e)
		}
		if element, ok := m["dataElement"]; ok {
			list, _ := e["dataValues"].([]any)
			e["dataValues"] = append(list, map[string]any{"dataElement": element, "value": m["value"]})
		}
	}
	return readPayload(map[string]any{"events": events}, v, loc, uids)
}
