package dhis2test

import (
	"net/http"
	"slices"
)

// exportTypes are what lists of tracked entities and events can be had as.
func exportTypes() []string {
	return []string{csvZipType, csvGzipType, "text/html", "application/json", csvType, csvTextType}
}

// exportRoutes are the reads of tracker objects.
func (s *Server) exportRoutes() []route {
	entities, events := negotiated(s.listEntities, s.csvEntities), negotiated(s.listEvents, s.csvEvents)
	routes := []route{
		{path: "tracker/trackedEntities", get: entities, produces: exportTypes()},
		{path: "tracker/trackedEntities.csv", get: s.csvEntities(csvType), produces: exportTypes()},
		{path: "tracker/trackedEntities.csv.gz", get: s.csvEntities(csvGzipType), produces: exportTypes()},
		{path: "tracker/trackedEntities.csv.zip", get: s.csvEntities(csvZipType), produces: exportTypes()},
		{path: "tracker/trackedEntities/{uid}", get: s.getSingle("trackedEntities", s.getEntity)},
		{path: "tracker/enrollments", get: s.listEnrollments},
		{path: "tracker/enrollments/{uid}", get: s.getSingle("enrollments", s.getEnrollment)},
		{path: "tracker/events", get: events, produces: slices.Concat(exportTypes(), []string{jsonGzipType, jsonZipType})},
		{path: "tracker/events.json.gz", get: packedJSON(s.listEvents, "events.json", jsonGzipType), produces: []string{jsonGzipType}},
		{path: "tracker/events.json.zip", get: packedJSON(s.listEvents, "events.json", jsonZipType), produces: []string{jsonZipType}},
		{path: "tracker/events.csv", get: s.csvEvents(csvType), produces: exportTypes()},
		{path: "tracker/events.csv.gz", get: s.csvEvents(csvGzipType), produces: exportTypes()},
		{path: "tracker/events.csv.zip", get: s.csvEvents(csvZipType), produces: exportTypes()},
		{path: "tracker/events/{uid}", get: s.getSingle("events", s.getEvent)},
		{path: "tracker/relationships", get: s.listRelationships},
		{path: "tracker/relationships/{uid}", get: s.getSingle("relationships", s.getRelationship)},
	}
	routes = append(routes, s.legacyRoutes()...)
	if s.version.atLeast(2, 41) {
		routes = append(routes,
			route{path: "tracker/trackedEntities/{uid}/changeLogs", get: s.listEntityChanges},
			route{path: "tracker/events/{uid}/changeLogs", get: s.listEventChanges},
		)
	}
	if s.version.atLeast(2, 43) {
		routes = append(routes,
			route{path: "tracker/trackerEvents", get: s.listTrackerEvents},
			route{path: "tracker/trackerEvents/{uid}", get: s.getSingle("events", s.getTrackerEvent)},
			route{path: "tracker/trackerEvents/{uid}/changeLogs", get: s.listEventChanges},
			route{path: "tracker/singleEvents", get: s.listSingleEvents},
			route{path: "tracker/singleEvents/{uid}", get: s.getSingle("events", s.getSingleEvent)},
			route{path: "tracker/singleEvents/{uid}/changeLogs", get: s.listEventChanges},
		)
	}
	return routes
}

// negotiated serves JSON unless the Accept header asks for CSV.
func negotiated(json handler, csv func(csvForm) handler) handler {
	return func(w http.ResponseWriter, r *http.Request, user User) {
		if form := acceptedCSV(r); form != "" {
			csv(form)(w, r, user)
			return
		}
		if media := packedForm(r); media != "" {
			packedJSON(json, "events.json", media)(w, r, user)
			return
		}
		json(w, r, user)
	}
}
