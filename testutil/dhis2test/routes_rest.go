package dhis2test

// systemRoutes are the server's own state.
func (s *Server) systemRoutes() []route {
	return []route{
		{path: "system/info", get: s.systemInfo, produces: []string{"application/json", "application/javascript"}},
		{path: "system/ping", get: s.ping, produces: []string{"application/json", "text/plain"}},
		{path: "system/id", get: s.generateCodes},
		{path: "system/uid", get: s.generateCodes},
		{path: "maintenance", post: s.maintain, put: s.maintain},
		{path: "maintenance/{what}", post: s.maintain, put: s.maintain},
		{path: "systemSettings", get: s.readSettings},
		{path: "systemSettings/{key}", get: s.readSetting, post: s.writeSetting},
	}
}

// accountRoutes are the user's.
func (s *Server) accountRoutes() []route {
	routes := []route{
		{path: "me", get: s.me},
		{path: "me/authorization/{authority}", get: s.hasAuthority},
		{path: "apiTokens", get: s.listTokens, post: s.createToken},
		{path: "apiTokens/{id}", delete: s.deleteToken},
	}
	if s.version.atLeast(2, 41) {
		routes = append(routes, route{path: "auth/login", post: s.login, open: true})
	}
	return routes
}

// metadataRoutes are the same for every type of metadata.
func (s *Server) metadataRoutes() []route {
	routes := []route{
		{path: "metadata", get: s.exportMetadata, post: s.importMetadata},
		{path: "sharing", put: s.setSharing, post: s.setSharing},
	}
	for _, kind := range metadataKinds() {
		p := kind.plural
		change, link := s.changeMetadata(p), s.assign(p)
		routes = append(
			routes,
			route{path: p, get: s.listMetadata(p), post: s.createMetadata(p)},
			route{path: p + "/{id}", get: s.getMetadata(p), put: change, patch: change, delete: s.deleteMetadata(p)},
			route{path: p + "/{id}/{property}", get: s.getProperty(p)},
			route{path: p + "/{id}/{property}/{item}", post: link, delete: link},
		)
	}
	return routes
}

// aggregateRoutes are data values and the completeness of data sets.
func (s *Server) aggregateRoutes() []route {
	formats := []string{"application/json", "application/xml", "application/adx+xml", "application/csv", "text/csv", "text/xml"}
	return []route{
		{path: "dataValueSets", get: s.exportDataValues, post: s.importDataValues, produces: formats},
		{path: "dataValues", get: s.readDataValue, post: s.writeDataValue, delete: s.deleteDataValue},
		{path: "completeDataSetRegistrations", get: s.readRegistrations, post: s.importRegistrations, produces: formats},
		{path: "system/tasks/DATAVALUE_IMPORT/{id}", get: s.readAggregateJob},
		{path: "system/taskSummaries/DATAVALUE_IMPORT/{id}", get: s.readAggregateSummary},
	}
}

// datastoreRoutes are the key-value stores.
func (s *Server) datastoreRoutes() []route {
	return []route{
		{path: "dataStore", get: s.listNamespaces},
		{path: "dataStore/{namespace}", get: s.listKeys, delete: s.deleteNamespace},
		{path: "dataStore/{namespace}/{key}", get: s.readEntry, post: s.createEntry, put: s.updateEntry, delete: s.deleteEntry},
		{path: "dataStore/{namespace}/{key}/metaData", get: s.describeEntry},
		{path: "userDataStore/{namespace}/{key}", get: s.readUserEntry, post: s.createUserEntry, put: s.updateUserEntry},
	}
}

// registryRoutes are what goes with tracked entities.
func (s *Server) registryRoutes() []route {
	anything := []string{"*/*", "application/json", "application/octet-stream", "text/plain", "image/*"}
	routes := []route{
		{path: "tracker/ownership/transfer", put: s.transferOwnership},
		{path: "tracker/ownership/override", post: s.overrideOwnership},
		{path: "potentialDuplicates", get: s.listDuplicates, post: s.createDuplicate},
		{path: "potentialDuplicates/{id}", get: s.readDuplicate, put: s.settleDuplicate},
		{path: "potentialDuplicates/{id}/merge", post: s.mergeDuplicate},
		{path: "fileResources", post: s.uploadFile},
		{path: "fileResources/{id}", get: s.describeFile},
		{path: "fileResources/{id}/data", get: s.downloadFile, produces: anything},
	}
	if s.version.atLeast(2, 42) {
		routes = append(
			routes,
			route{path: "tracker/enrollments/{uid}/note", post: s.noteAdder("enrollments")},
			route{path: "tracker/events/{uid}/note", post: s.noteAdder("events")},
		)
	}
	return routes
}
