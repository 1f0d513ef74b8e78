package router

import "github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"

// settle does what mongoose does to the documents inside a transaction when it
// writes them: empty objects vanish (minimize), and so does what is not an object
// where one belongs. Core 4.0.5 also drops empty objects of the transaction itself.
func (r *Router) settle(update mongo.Doc) {
	for operator, value := range update {
		fields, ok := value.(mongo.Doc)
		if !ok {
			continue
		}
		for key, value := range fields {
			switch key {
			case "orchestrations":
				r.settleList(value)
			case "routes":
				r.settleRoutes(value)
			case "properties", "error":
				if doc, isDoc := value.(mongo.Doc); isDoc && len(doc) == 0 && !r.modern && operator == "$set" {
					delete(fields, key)
				}
			}
		}
	}
}

func (r *Router) settleRoutes(value any) {
	routes, isList := value.([]any)
	if !isList {
		routes = []any{value}
	}
	for _, element := range routes {
		route, ok := element.(mongo.Doc)
		if !ok {
			continue
		}
		r.settleList(route["orchestrations"])
		r.settleDoc(route)
	}
}

func (r *Router) settleList(value any) {
	list, _ := value.([]any)
	for _, element := range list {
		if doc, ok := element.(mongo.Doc); ok {
			r.settleDoc(doc)
		}
	}
}

func (r *Router) settleDoc(doc mongo.Doc) {
	for _, nested := range []string{"response", "error"} {
		value, has := doc[nested]
		if _, isDoc := value.(mongo.Doc); has && !isDoc && (value != nil || !r.modern) {
			delete(doc, nested)
		}
	}
	minimize(doc)
}

// minimize removes empty objects inside doc and tells whether anything is left.
func minimize(doc mongo.Doc) bool {
	for key, value := range doc {
		if sub, ok := value.(mongo.Doc); ok && !minimize(sub) {
			delete(doc, key)
		}
	}
	return len(doc) > 0
}
