package api

import (
	"net/http"
	"regexp"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/model"
	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// getTransactions is GET /transactions?filterLimit&filterPage&filterRepresentation&filters.
func (c *call) getTransactions() error {
	representation, _ := c.queryText("filterRepresentation")
	found, err := c.listTransactions(representation)
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not retrieve transactions via the API: %s", mongo.JSText(err))
		return nil
	}
	if c.status == http.StatusForbidden {
		return nil
	}
	c.setBody(found)
	return nil
}

func (c *call) listTransactions(representation string) ([]any, error) {
	filters := mongo.Doc{}
	if _, has := c.queryText("filters"); has {
		var err error
		if filters, err = c.parseFilters(); err != nil {
			return nil, err
		}
	}
	channelID, _ := c.queryText("channelID")
	ids, all := c.visibleChannels()
	if !all {
		switch {
		case channelID == "":
			filters["channelID"] = mongo.Doc{"$in": ids}
		case !values(ids).hold(channelID):
			c.answer(http.StatusForbidden, "Forbidden: Unauthorized channel %s", channelID)
			return nil, nil
		}
		if !c.modern {
			representation = ""
		}
	}
	if channelID != "" {
		filters["channelID"] = channelID
	}
	filter, err := c.transactionFilter(filters)
	if err != nil {
		return nil, err
	}
	limit := c.queryInt("filterLimit")
	found, err := c.collection(model.Transactions).Query(filter, mongo.FindOptions{
		Sort: "-request.timestamp", Skip: max(0, c.queryInt("filterPage")*limit), Limit: max(0, limit), Projection: projection(representation),
	})
	if err != nil {
		return nil, err
	}
	for i := range found {
		found[i] = c.rendered(found[i], representation)
	}
	return docs(found), nil
}

// values is a list of identifiers.
type values []any

func (v values) hold(id string) bool {
	for _, value := range v {
		if string(idOf(value)) == id {
			return true
		}
	}
	return false
}

// visibleChannels gives the channels whose transactions the user may list; all
// means that no channel is left out.
func (c *call) visibleChannels() (ids []any, all bool) {
	if !c.modern && c.isAdmin() {
		return nil, true
	}
	if c.modern {
		if p, _ := c.permissions(); p.has("transaction-view-all") || p.has("channel-view-all") || p.has("channel-manage-all") {
			return nil, true
		}
	}
	ids = []any{}
	for _, channel := range c.collection(model.Channels).Find(mongo.Doc{}, mongo.FindOptions{}) {
		if visible, _ := c.sees(channel); visible {
			ids = append(ids, channel["_id"])
		}
	}
	return ids, false
}

var statusPattern = regexp.MustCompile(`\dxx`)

// transactionFilter turns the filters of the API into those of the database: paths
// and querystrings match as regular expressions without case, 5xx as a range,
// properties by their first key, dates and childIDs as JSON inside of JSON.
func (c *call) transactionFilter(filters mongo.Doc) (mongo.Doc, error) {
	for _, key := range []string{"request.timestamp", "childIDs"} {
		if !truthy(filters[key]) {
			continue
		}
		value, err := parseJSON(interpolate(filters[key]))
		if err != nil {
			return nil, err
		}
		filters[key] = value
	}
	for _, prefix := range []string{"", "routes.", "orchestrations."} {
		for _, part := range []string{"request.path", "request.querystring"} {
			key := prefix + part
			if !truthy(filters[key]) {
				continue
			}
			pattern, err := compile(interpolate(filters[key]))
			if err != nil {
				return nil, err
			}
			filters[key] = pattern
		}
		key := prefix + "response.status"
		if status := interpolate(filters[key]); truthy(filters[key]) && statusPattern.MatchString(status) {
			low := float64(status[0]-'0') * 100
			filters[key] = mongo.Doc{"$gte": low, "$lt": low + 100}
		}
	}
	if truthy(filters["properties"]) {
		for i, item := range entries(filters["properties"], nil) {
			if i > 0 {
				break
			}
			filters["properties."+item.key] = item.value
			if item.value == nil {
				filters["properties."+item.key] = mongo.Doc{"$exists": true}
			}
		}
		delete(filters, "properties")
	}
	return c.Models.Schema(model.Transactions).CastQuery(filters)
}

// compile is new RegExp(text, 'i'). Go's expressions lack what looks around and
// back; such a text is refused as JavaScript refuses a broken one.
func compile(text string) (*regexp.Regexp, error) {
	pattern, err := regexp.Compile("(?i)" + text)
	if err != nil {
		return nil, &thrown{"SyntaxError", "Invalid regular expression: /" + text + "/: Invalid group"}
	}
	return pattern, nil
}

// getTransactionsOfClient is GET /transactions/clients/:id.
func (c *call) getTransactionsOfClient() error {
	filter := mongo.Doc{"clientID": c.param(0)}
	if ids, all := c.visibleChannels(); !all {
		filter["channelID"] = mongo.Doc{"$in": ids}
	}
	representation, _ := c.queryText("filterRepresentation")
	filter, err := c.Models.Schema(model.Transactions).CastQuery(filter)
	if err != nil {
		c.answer(http.StatusInternalServerError, "Could not get transaction by clientID via the API: %s", mongo.JSText(err))
		return nil
	}
	found := c.collection(model.Transactions).Find(filter, mongo.FindOptions{Sort: "-request.timestamp", Projection: projection(representation)})
	for i := range found {
		found[i] = c.rendered(found[i], representation)
	}
	c.setBody(docs(found))
	return nil
}
