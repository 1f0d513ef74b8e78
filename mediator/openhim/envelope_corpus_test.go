package openhim_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/openhim/mediator-go/mediator/openhim"
)

// TestEnvelopesThatHurtACoreAreRefused reads every recorded envelope: one
// after which the worker died, the save was refused or the client got a 500 of
// the core's making must be refused by ParseEnvelope.
func TestEnvelopesThatHurtACoreAreRefused(t *testing.T) {
	t.Parallel()
	for _, rec := range recordings(t, "envelope") {
		passed, total := 0, 0
		for _, c := range rec.Cases {
			body, ok := envelopeOf(c)
			if !ok {
				continue
			}
			total++
			if t.Run(rec.Core+"/"+c.ID, func(t *testing.T) {
				harm := harmOf(c, body)
				e, err := openhim.ParseEnvelope([]byte(body))
				t.Log("harm:", harm, "we:", err)
				if harm != "" {
					assert.Error(t, err, harm)
					return
				}
				if err != nil {
					return // stricter is allowed: the type, or what a database may refuse
				}
				again, err := openhim.ParseEnvelope(e.AppendJSON(nil))
				require.NoError(t, err)
				assert.Equal(t, string(e.AppendJSON(nil)), string(again.AppendJSON(nil)))
			}) {
				passed++
			}
		}
		report(rec.name+"#validation", passed, total)
		assert.NotZero(t, total)
	}
}

// TestSoundEnvelopesAreTaken makes sure that the rules are not merely strict:
// most of what does no harm passes.
func TestSoundEnvelopesAreTaken(t *testing.T) {
	t.Parallel()
	for _, rec := range recordings(t, "envelope") {
		sound, taken := 0, 0
		for _, c := range rec.Cases {
			body, ok := envelopeOf(c)
			if !ok || harmOf(c, body) != "" {
				continue
			}
			sound++
			if _, err := openhim.ParseEnvelope([]byte(body)); err == nil {
				taken++
			}
		}
		assert.Greater(t, float64(taken), 0.7*float64(sound), "%d of %d at %s", taken, sound, rec.Core)
	}
}

// envelopeOf returns the envelope a mediator answered in a case, when nothing
// else than the envelope was at stake: not the connection, the compression,
// the method or the channel.
func envelopeOf(c recordedCase) (string, bool) {
	m := c.Mediator
	if m == nil || m.Status != 200 || c.Request.Method == http.MethodHead ||
		m.Behaviour != "" || m.Framing != nil || m.Cut != nil || m.Delay > 0 || m.Drip != nil || m.Stall > 0 {
		return "", false
	}
	ct, encoded := "", false
	for _, h := range m.Headers {
		switch strings.ToLower(h[0]) {
		case "content-type":
			ct = h[1]
		case "content-encoding":
			encoded = true
		}
	}
	if encoded || ct != openhim.ContentType && ct != openhim.ContentType+"; charset=utf-8" || len(c.Routes) > 0 {
		return "", false
	}
	return bodyText(m.Body)
}

// harmOf says what the core did wrong because of the envelope, or "".
func harmOf(c recordedCase, body string) string {
	var tx openhim.Transaction
	stored := json.Unmarshal(c.Transaction, &tx) == nil && tx.ID != ""
	var sent struct {
		Response struct {
			Status any `json:"status"`
		} `json:"response"`
	}
	meant := json.Unmarshal([]byte(body), &sent) == nil && sent.Response.Status == float64(500)
	switch {
	case c.Worker == "died":
		return "the worker died"
	case c.Client.Status == 500 && !meant:
		return "the client got a 500 of the core's making"
	case stored && tx.Response == nil:
		return "the save was refused"
	default:
		return ""
	}
}

// TestStoredDocumentsAreRead decodes every transaction, mediator, channel,
// client, task and list the cores answered.
func TestStoredDocumentsAreRead(t *testing.T) {
	t.Parallel()
	read := 0
	for _, rec := range recordings(t, "envelope") {
		for _, c := range rec.Cases {
			if len(c.Transaction) == 0 {
				continue
			}
			var tx openhim.Transaction
			assert.NoError(t, json.Unmarshal(times(c.Transaction), &tx), "%s %s", rec.Core, c.ID)
			read++
		}
	}
	for _, rec := range recordings(t, "api") {
		for _, c := range rec.Cases {
			for _, s := range c.Steps {
				into := documentFor(s)
				if into == nil || s.Reply.Status != 200 || len(s.Reply.JSON) == 0 {
					continue
				}
				assert.NoError(t, json.Unmarshal(times(s.Reply.JSON), into), "%s %s %s", rec.Core, c.ID, s.Request.Path)
				read++
			}
		}
	}
	assert.Greater(t, read, 900)
}

// documentFor returns what an answer is read into.
func documentFor(s recordedStep) any {
	if s.Request.Method != http.MethodGet {
		return nil
	}
	path, _, _ := strings.Cut(s.Request.Path, "?")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if len(parts) > 2 {
		return nil
	}
	one := len(parts) == 2
	switch parts[0] {
	case "transactions":
		return either[openhim.Transaction](one)
	case "mediators":
		return either[openhim.Mediator](one)
	case "channels":
		return either[openhim.Channel](one)
	case "clients":
		return either[openhim.Client](one)
	case "tasks":
		return either[openhim.Task](one)
	default:
		return nil
	}
}

func either[T any](one bool) any {
	if one {
		return new(T)
	}
	return new([]T)
}

// times puts values in the place of the recordings' placeholders.
func times(b []byte) []byte {
	for placeholder, value := range map[string]string{
		`"<time>"`: `"2024-01-02T03:04:05.678Z"`, `"<number>"`: `5`, `"<epochms>"`: `1704164645678`,
		`"<medport:number>"`: `9000`, `"<deadport:number>"`: `9001`,
	} {
		b = bytes.ReplaceAll(b, []byte(placeholder), []byte(value))
	}
	return b
}
