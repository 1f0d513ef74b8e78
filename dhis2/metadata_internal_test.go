package dhis2

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Objects, members and actions alike take memory.
func TestMetadataAreBounded(t *testing.T) {
	t.Parallel()
	many := func(item string) string { return strings.TrimSuffix(strings.Repeat(item+",", 11), ",") }
	member := `{"dataElement":{"id":"eeeeeeeeee1"},"programStage":{"id":"ssssssssss1"}}`
	var units []string
	for i := range 11 {
		units = append(units, fmt.Sprintf(`{"id":"o%010d"}`, i))
	}
	for name, text := range map[string]string{
		"objects":                    `{"organisationUnits":[` + strings.Join(units, ",") + `]}`,
		"members in lists":           `{"programStageDataElements":[` + many(member) + `]}`,
		"members nested in a stage":  `{"programStages":[{"id":"ssssssssss1","programStageDataElements":[` + many(member) + `]}]}`,
		"actions of rules":           `{"programRuleActions":[` + many(`{"programRuleActionType":"ASSIGN"}`) + `]}`,
		"actions nested in a rule":   `{"programRules":[{"id":"rrrrrrrrrr1","programRuleActions":[` + many(`{"programRuleActionType":"ASSIGN"}`) + `]}]}`,
		"options that are no object": `{"optionSets":[{"id":"oooooooooo1","options":[` + strings.Join(units, ",") + `]}]}`,
	} {
		p := newMetadataParser()
		p.most = 10
		require.ErrorContains(t, p.export(strings.NewReader(text)), "more than 10 objects", name)
	}
}
