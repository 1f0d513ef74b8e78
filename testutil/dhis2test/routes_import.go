package dhis2test

// importRoutes are POST /api/tracker and the jobs of asynchronous imports.
func (s *Server) importRoutes() []route {
	return []route{
		{path: "tracker", post: s.importTracker, unlocked: true},
		{path: "tracker/jobs/{id}", get: s.listJob},
		{path: "tracker/jobs/{id}/report", get: s.jobReport},
		{path: "system/tasks/" + jobCategory + "/{id}", get: s.listJob},
		{path: "system/taskSummaries/" + jobCategory + "/{id}", get: s.jobReport},
		{path: "jobConfigurations", get: s.listJobConfigurations},
	}
}
