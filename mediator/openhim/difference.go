package openhim

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/openhim/mediator-go/internal/httpx"
)

// FieldDifference is a field of a registration that the core has stored
// otherwise.
type FieldDifference struct {
	// Field is its path, for example "endpoints[0].port" or
	// "configDefs[url].type".
	Field string
	// Stored and Offered are the values as JSON, cut to 120 characters; empty
	// when there is none. Passwords and config values are redacted.
	Stored, Offered string
}

// String returns the difference for a log line.
func (d FieldDifference) String() string {
	show := func(s string) string {
		if s == "" {
			return "nothing"
		}
		return s
	}
	return fmt.Sprintf("%s: stored %s, offered %s", d.Field, show(d.Stored), show(d.Offered))
}

// Differences compares a registration with what a core has stored of it, by
// everything a raised version would change: name, description, endpoints,
// default channels, config definitions, and settings that are not stored yet.
// What a core fills in by itself is no difference, nor are the values of
// settings, which belong to the administrator.
func Differences(offered, stored Mediator) []FieldDifference {
	var d differ
	d.compare("version", stored.Version, offered.Version)
	d.compare("name", stored.Name, offered.Name)
	if offered.Description != "" { // absent ones stay as they are
		d.compare("description", stored.Description, offered.Description)
	}
	if offered.Endpoints != nil {
		d.lists("endpoints", named(stored.Endpoints, plainRoute, routeName), named(offered.Endpoints, plainRoute, routeName))
	}
	if offered.DefaultChannels != nil {
		d.lists("defaultChannelConfig",
			named(stored.DefaultChannels, plainChannel, channelName),
			named(offered.DefaultChannels, plainChannel, channelName))
	}
	if offered.ConfigDefs != nil {
		d.lists("configDefs", named(stored.ConfigDefs, plainDef, defName), named(offered.ConfigDefs, plainDef, defName))
	}
	for _, param := range slices.Sorted(maps.Keys(offered.Config)) {
		if _, ok := stored.Config[param]; !ok {
			d = append(d, FieldDifference{Field: "config." + param, Offered: httpx.Redacted})
		}
	}
	return d
}

type differ []FieldDifference

// compare goes down into objects and arrays and notes every leaf that is
// different.
func (d *differ) compare(path string, stored, offered any) {
	if reflect.DeepEqual(stored, offered) {
		return
	}
	so, ok1 := stored.(map[string]any)
	oo, ok2 := offered.(map[string]any)
	if ok1 && ok2 {
		keys := slices.Collect(maps.Keys(so))
		for k := range oo {
			if _, ok := so[k]; !ok {
				keys = append(keys, k)
			}
		}
		slices.Sort(keys)
		for _, k := range keys {
			d.compare(path+"."+k, so[k], oo[k])
		}
		return
	}
	sa, ok1 := stored.([]any)
	oa, ok2 := offered.([]any)
	if ok1 && ok2 && len(sa) == len(oa) {
		for i := range sa {
			d.compare(path+"["+strconv.Itoa(i)+"]", sa[i], oa[i])
		}
		return
	}
	*d = append(*d, FieldDifference{Field: path, Stored: showValue(path, stored), Offered: showValue(path, offered)})
}

// lists compares lists whose elements have names, by name.
func (d *differ) lists(path string, stored, offered []namedValue) {
	find := func(list []namedValue, name string) any {
		for _, v := range list {
			if v.name == name {
				return v.value
			}
		}
		return nil
	}
	for _, v := range offered {
		d.compare(path+"["+v.name+"]", find(stored, v.name), v.value)
	}
	for _, v := range stored {
		if find(offered, v.name) == nil {
			d.compare(path+"["+v.name+"]", v.value, nil)
		}
	}
}

type namedValue struct {
	name  string
	value any
}

// named returns the elements as generic JSON values without the core's
// defaults.
func named[T any](list []T, plain func(T) T, name func(T) string) []namedValue {
	out := make([]namedValue, len(list))
	for i, v := range list {
		out[i] = namedValue{name: name(v), value: generic(plain(v))}
	}
	return out
}

func generic(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		return nil
	}
	return out
}

func routeName(r Route) string { return r.Name }

func channelName(c Channel) string { return c.Name }

func defName(d ConfigDef) string { return d.Param }

// showValue returns a value as short JSON, or redacted when a secret may be
// in it.
func showValue(path string, v any) string {
	if v == nil {
		return ""
	}
	if httpx.RedactHeader(path[strings.LastIndexByte(path, '.')+1:]) {
		return httpx.Redacted
	}
	b, err := json.Marshal(hidePasswords(v))
	if err != nil {
		return ""
	}
	const most = 120
	if r := []rune(string(b)); len(r) > most {
		return string(r[:most]) + "…"
	}
	return string(b)
}

// hidePasswords copies v with the values of secret members redacted.
func hidePasswords(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			if httpx.RedactHeader(k) {
				e = httpx.Redacted
			}
			out[k] = hidePasswords(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = hidePasswords(e)
		}
		return out
	default:
		return v
	}
}
