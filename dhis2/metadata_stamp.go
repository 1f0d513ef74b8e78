package dhis2

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// metadataStamp is a text that is another one when metadata have changed: of each list how many
// objects it has, and when one was changed last. Servers give no ETag for metadata.
func (c *Client) metadataStamp(ctx context.Context, scope MetadataScope) (string, error) {
	var b strings.Builder
	for _, path := range scope.lists() {
		query := url.Values{"fields": {"lastUpdated"}, "order": {"lastUpdated:desc"}, "page": {"1"}, "pageSize": {"1"}}
		if path == "organisationUnits" && scope.OrgUnits != "" {
			query.Set("filter", Filter("path", MetaLike, scope.OrgUnits).String())
		}
		answer := map[string]any{}
		if err := c.Get(ctx, path, query, &answer); err != nil {
			return "", err
		}
		total, newest := any(nil), any(nil)
		if pager, ok := answer["pager"].(map[string]any); ok {
			total = pager["total"]
		}
		if list, ok := answer[path].([]any); ok && len(list) > 0 {
			if object, ok := list[0].(map[string]any); ok {
				newest = object["lastUpdated"]
			}
		}
		fmt.Fprintf(&b, "%s %v %v\n", path, total, newest)
	}
	return b.String(), nil
}

// lists are the lists that a scope is read of.
func (s MetadataScope) lists() []string {
	lists := []string{"optionSets", "options", "dataElements", "categoryCombos", "categoryOptionCombos", "categoryOptions"}
	if !s.NoOrgUnits {
		lists = append(lists, "organisationUnits")
	}
	if !s.NoPrograms {
		lists = append(lists, "programs", "programStages", "trackedEntityAttributes", "trackedEntityTypes", "relationshipTypes")
	}
	if s.Rules && !s.NoPrograms {
		lists = append(lists, "programRules", "programRuleActions")
	}
	if s.AttributeValues {
		lists = append(lists, "attributes")
	}
	if len(s.DataSets) > 0 {
		lists = append(lists, "dataSets")
	}
	return lists
}
