package openhim

// A core fills in defaults when it stores a document (src/model/channels.js,
// mediators.js). The plain functions take them out, so that what was sent and
// what is stored can be compared.

func plainRoute(r Route) Route {
	if r.Type == EndpointHTTP {
		r.Type = ""
	}
	if r.Status == "enabled" {
		r.Status = ""
	}
	return r
}

func plainChannel(c Channel) Channel {
	c.ID = ""
	if c.Type == ChannelHTTP {
		c.Type = ""
	}
	if c.AuthType == AuthPrivate {
		c.AuthType = ""
	}
	if c.Status == "enabled" {
		c.Status = ""
	}
	if c.AutoRetryPeriodMinutes == 60 {
		c.AutoRetryPeriodMinutes = 0
	}
	c.RequestBody = plainTrue(c.RequestBody)
	c.ResponseBody = plainTrue(c.ResponseBody)
	c.AddAutoRewriteRules = plainTrue(c.AddAutoRewriteRules)
	routes := make([]Route, len(c.Routes))
	for i, r := range c.Routes {
		routes[i] = plainRoute(r)
	}
	c.Routes = routes
	return c
}

// plainTrue drops a switch that is on by default.
func plainTrue(b *bool) *bool {
	if b != nil && *b {
		return nil
	}
	return b
}

func plainDef(d ConfigDef) ConfigDef {
	template := make([]ConfigDef, len(d.Template))
	for i, t := range d.Template {
		template[i] = plainDef(t)
	}
	d.Template = template
	return d
}
