package api

import (
	"net/http"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// metadataRoutes move the configuration of a core to another one; mediators are
// part of it (openhim-core.md section 8).
func metadataRoutes() []route {
	return []route{
		get("/metadata", permit{old: "getMetadata", all: "import-export"}, (*call).getMetadata),
		post("/metadata/validate", permit{old: "validateMetadata", all: "import-export"}, (*call).validateMetadata),
		post("/metadata", permit{old: "importMetadata", all: "import-export"}, (*call).importMetadata),
	}
}

// metadataKind is one list of the export: its documents are known again by key.
type metadataKind struct{ name, collection, key string }

func metadataKinds() []metadataKind {
	return []metadataKind{
		{"Channels", model.Channels, "name"},
		{"Clients", model.Clients, "clientID"},
		{"Mediators", model.Mediators, "urn"},
		{"Users", model.Users, "email"},
		{"ContactGroups", model.Groups, "group"},
	}
}

func (c *call) getMetadata() error {
	export := mongo.Doc{}
	for _, kind := range metadataKinds() {
		found := c.collection(kind.collection).Find(mongo.Doc{}, mongo.FindOptions{Projection: mongo.Doc{"_id": 0, "__v": 0}})
		export[kind.name] = docs(found)
	}
	c.setBody([]any{export})
	return nil
}

// eachImport calls what for every document of the request's lists and collects
// what became of each.
func (c *call) eachImport(what func(kind metadataKind, doc mongo.Doc) (status string, err error)) error {
	results := []any{}
	for _, kind := range metadataKinds() {
		for _, element := range listOf(c.input.doc()[kind.name]) {
			doc := mongo.CloneDoc(docOf(element))
			result := mongo.Doc{"model": kind.name, "record": doc, "uid": doc[kind.key], "message": ""}
			status, err := what(kind, doc)
			if err != nil {
				status, result["message"] = "Error", err.Error()
			}
			result["status"] = status
			results = append(results, result)
		}
	}
	c.setBody(results)
	c.setStatus(http.StatusCreated)
	return nil
}

func (c *call) validateMetadata() error {
	return c.eachImport(func(kind metadataKind, doc mongo.Doc) (string, error) {
		if _, err := c.Models.Schema(kind.collection).Cast(doc, mongo.CastOptions{Validate: true, Now: c.Clock}); err != nil {
			return "", err
		}
		if c.collection(kind.collection).Count(mongo.Doc{kind.key: doc[kind.key]}) > 0 {
			return "Conflict", nil
		}
		return "Valid", nil
	})
}

func (c *call) importMetadata() error {
	return c.eachImport(func(kind metadataKind, doc mongo.Doc) (string, error) {
		delete(doc, "_id")
		if known, has := c.collection(kind.collection).FindOne(mongo.Doc{kind.key: doc[kind.key]}); has {
			return "Updated", c.update(kind.collection, idOf(known["_id"]), doc)
		}
		return "Inserted", c.create(kind.collection, doc)
	})
}
