package api

import (
	"net/http"
	"strings"

	"github.com/openhim/mediator-go/testutil/openhimtest/internal/mongo"
)

// route is one call of the API.
type route struct {
	method string
	parts  []string         // of the pattern; :name is any one part of a path
	open   bool             // no authentication
	only   func(*call) bool // nil: always
	permit permit
	handle func(*call) error
}

// on, get, post, put and del make routes.

func on(method, pattern string, permit permit, handle func(*call) error) route {
	return route{method: method, parts: strings.Split(pattern, "/"), permit: permit, handle: handle}
}

func get(pattern string, permit permit, handle func(*call) error) route {
	return on(http.MethodGet, pattern, permit, handle)
}

func post(pattern string, permit permit, handle func(*call) error) route {
	return on(http.MethodPost, pattern, permit, handle)
}

func put(pattern string, permit permit, handle func(*call) error) route {
	return on(http.MethodPut, pattern, permit, handle)
}

func del(pattern string, permit permit, handle func(*call) error) route {
	return on(http.MethodDelete, pattern, permit, handle)
}

func public(r route) route {
	r.open = true
	return r
}

// match finds the route of the request among the open or the other ones. Parts of
// the path are decoded by decodeURIComponent; where that throws, so does match.
func (c *call) match(open bool) (*route, error) {
	path := strings.Split(c.path, "/")
	if last := len(path) - 1; last > 1 && path[last] == "" {
		path = path[:last] // a slash at the end does not count
	}
	for i := range c.routes {
		r := &c.routes[i]
		asked := c.r.Method == r.method || c.r.Method == http.MethodHead && r.method == http.MethodGet
		if r.open != open || !asked {
			continue
		}
		if !r.fits(path) || r.only != nil && !r.only(c) {
			continue
		}
		c.params = c.params[:0]
		for at, part := range r.parts {
			if !strings.HasPrefix(part, ":") {
				continue
			}
			decoded, ok := decodeComponent(path[at])
			if !ok {
				return nil, &thrown{"URIError", "URI malformed"}
			}
			c.params = append(c.params, decoded)
		}
		return r, nil
	}
	return nil, nil //nolint:nilnil // no route is an answer of its own
}

// fits compares the parts of a path; case does not count, as in path-to-regexp.
func (r *route) fits(path []string) bool {
	if len(path) != len(r.parts) {
		return false
	}
	for i, part := range r.parts {
		if strings.HasPrefix(part, ":") {
			if path[i] == "" {
				return false
			}
		} else if !strings.EqualFold(part, path[i]) {
			return false
		}
	}
	return true
}

// table lists the calls as koaApi.js does, first match first.
func (s *server) table() []route {
	routes := []route{
		public(get("/heartbeat", permit{}, (*call).getHeartbeat)),
		public(get("/password-reset-request/:email", permit{}, (*call).requestPasswordReset)),
		public(get("/token/:token", permit{}, (*call).getUserByToken)),
		public(put("/token/:token", permit{}, (*call).updateUserByToken)),
		public(get("/authenticate/:username", permit{}, (*call).getSalt)),
		get("/about", permit{}, (*call).getAbout),
		get("/logs", permit{old: "getLogs", all: "logs-view"}, (*call).getLogs),
		post("/restart", permit{old: "restart the server", all: "certificates-manage"}, (*call).restart),
		get("/events/:receivedTime", permit{old: "events", all: "visualizer-view"}, (*call).getEvents),
	}
	for _, more := range [][]route{
		s.sessionRoutes(), mediatorRoutes(), channelRoutes(), clientRoutes(), transactionRoutes(), taskRoutes(s.modern),
		userRoutes(), roleRoutes(s.modern), groupRoutes(), visualizerRoutes(), metricRoutes(), auditRoutes(), keystoreRoutes(),
		metadataRoutes(),
	} {
		routes = append(routes, more...)
	}
	return routes
}

// permit is who may make a call: on 4.0.5 the group admin, on 8.5.0 whoever has
// one of the permissions. Without names the handler decides.
type permit struct {
	// old is what 4.0.5 calls the access it denies.
	old string
	// all is 8.5.0's permission, listed the one that names single things, among
	// them the first part of the path.
	all, listed string
	// also is another permission that does, as to manage includes to view.
	also string
}

// refuses answers 403 when the user may not.
func (p permit) refuses(c *call) bool {
	if p.old == "" && p.all == "" {
		return false
	}
	if !c.modern {
		if c.isAdmin() {
			return false
		}
		c.answer(http.StatusForbidden, "User %s is not an admin, API access to %s denied.", text(c.user["email"]), p.old)
		return true
	}
	permissions, has := c.permissions()
	if !has {
		c.answer(http.StatusForbidden, "User %s does not have an access role specified.", text(c.user["email"]))
		return true
	}
	if permissions.has(p.all) || permissions.has(p.also) || p.listed != "" && permissions.lists(p.listed, c.param(0)) ||
		p.also != "" && permissions.lists(specified(p.also), c.param(0)) {
		return false
	}
	c.answer(http.StatusForbidden, "User %s does not have the %q permission, API access to %s denied.", text(c.user["email"]), p.all, p.old)
	return true
}

// specified turns mediator-manage-all into mediator-manage-specified.
func specified(all string) string { return strings.TrimSuffix(all, "-all") + "-specified" }

func (c *call) isAdmin() bool {
	for _, group := range listOf(c.user["groups"]) {
		if group == "admin" {
			return true
		}
	}
	return false
}

// granted are the permissions of a user's roles taken together.
type granted struct {
	flags map[string]bool
	names map[string][]any
}

func (g granted) has(flag string) bool { return g.flags[flag] }

func (g granted) lists(list, name string) bool {
	for _, listed := range g.names[list] {
		if listed == name {
			return true
		}
	}
	return false
}

// permissions gives what the user's roles allow; has is false when none of the
// groups is a role.
func (c *call) permissions() (g granted, has bool) {
	g = granted{flags: map[string]bool{}, names: map[string][]any{}}
	roles := c.collection("roles").Find(mongo.Doc{"name": mongo.Doc{"$in": groupsOf(c.user)}}, mongo.FindOptions{})
	for _, role := range roles {
		for name, value := range docOf(role["permissions"]) {
			switch value := value.(type) {
			case bool:
				g.flags[name] = g.flags[name] || value
			case []any:
				g.names[name] = append(g.names[name], value...)
			}
		}
	}
	return g, len(roles) > 0
}

func groupsOf(user mongo.Doc) []any {
	groups := listOf(user["groups"])
	if groups == nil {
		return []any{}
	}
	return groups
}
