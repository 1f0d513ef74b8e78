package openhimtest

import (
	"net/http"
	"testing"
)

// GET /transactions with filters: openhim-core.md section 8.

func (c *contract) transactionListFacts(t *testing.T) {
	t.Helper()
	// Transactions of a channel of its own, so that their number is known.
	main := c.channels.reading
	ids := map[string]string{}
	for _, status := range []string{"Successful", "Failed"} {
		for _, name := range []string{"a", "b"} {
			code := pick(status == "Failed", 500, 200)
			a := enveloped(object{
				"status": status, "response": response(object{"status": code}),
				"properties": object{"name": name}, "orchestrations": []object{step("step-"+name, nil)},
			})
			x := c.send(t, main, a, ask{method: http.MethodGet, path: status + "/" + name})
			ids[c.stored(t, x).Get("_id").String()] = status + name
		}
	}
	found := func(t *testing.T, filters object, more ...string) (names map[string]bool) {
		t.Helper()
		filters = with(object{"channelID": main.id}, filters)
		names = map[string]bool{}
		for _, tx := range c.get(t, "/transactions"+query(filters, more...)).is(t, http.StatusOK).json().Array() {
			if name, ours := ids[tx.Get("_id").String()]; ours {
				names[name] = true
			}
		}
		return names
	}
	all := []string{"filterLimit=100", "filterPage=0"}
	cases := []struct {
		fact    string
		filters object
		want    []string
	}{
		{"a list has the transactions of a channel", nil, []string{"Successfula", "Successfulb", "Faileda", "Failedb"}},
		{"a list can be filtered by status", object{"status": "Failed"}, []string{"Faileda", "Failedb"}},
		{"a list can be filtered by a class of response statuses", object{"response.status": "5xx"}, []string{"Faileda", "Failedb"}},
		{"a list can be filtered by a part of the path in any case", object{"request.path": "SUCCESSFUL/"}, []string{"Successfula", "Successfulb"}},
		{"a list can be filtered by a property", object{"properties": object{"name": "b"}}, []string{"Successfulb", "Failedb"}},
		{"a list can be filtered by the name of an orchestration", object{"orchestrations.name": "step-a"}, []string{"Successfula", "Faileda"}},
		{"a filter nothing matches gives an empty list", object{"status": "Completed"}, nil},
	}
	for _, f := range cases {
		t.Run(f.fact, func(t *testing.T) {
			want := map[string]bool{}
			for _, name := range f.want {
				want[name] = true
			}
			wantEqual(t, "transactions", found(t, f.filters, all...), want)
		})
	}
	t.Run("a list comes in pages, the newest first", func(t *testing.T) {
		first := found(t, object{"status": "Failed"}, "filterLimit=1", "filterPage=0")
		second := found(t, object{"status": "Failed"}, "filterLimit=1", "filterPage=1")
		wantEqual(t, "first page", first, map[string]bool{"Failedb": true})
		wantEqual(t, "second page", second, map[string]bool{"Faileda": true})
	})
	t.Run("a list has no bodies unless it is asked for them", func(t *testing.T) {
		path := "/transactions" + query(object{"channelID": main.id}, "filterLimit=1", "filterPage=0")
		wantAbsent(t, c.get(t, path).is(t, http.StatusOK).json(), "0.response.body")
		wantText(t, c.get(t, path+"&filterRepresentation=full").is(t, http.StatusOK).json(), "0.response.body", "done")
	})
}
