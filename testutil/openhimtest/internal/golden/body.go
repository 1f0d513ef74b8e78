package golden

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// Body is a recorded body: text, base64 (bytes that are not UTF-8), parts, or
// only its SHA-256 and length.
type Body struct {
	Text   *string `json:"text,omitempty"`
	Base64 *string `json:"base64,omitempty"`
	Parts  []Part  `json:"parts,omitempty"`
	SHA256 string  `json:"sha256,omitempty"`
	Length int     `json:"length,omitempty"`
}

// Part is a piece of a long body: text, or text repeated count times.
type Part struct {
	Text   string `json:"text,omitempty"`
	Repeat string `json:"repeat,omitempty"`
	Count  int    `json:"count,omitempty"`
}

// String gives the part in full.
func (p Part) String() string { return p.Text + strings.Repeat(p.Repeat, p.Count) }

// Bytes gives the body's bytes; an error when only its hash was recorded.
func (b *Body) Bytes() ([]byte, error) {
	switch {
	case b == nil:
		return nil, nil
	case b.Text != nil:
		return []byte(*b.Text), nil
	case b.Base64 != nil:
		data, err := base64.StdEncoding.DecodeString(*b.Base64)
		if err != nil {
			return nil, fmt.Errorf("golden: body: %w", err)
		}
		return data, nil
	case b.Parts != nil:
		return []byte(joinParts(b.Parts)), nil
	case b.SHA256 != "":
		return nil, fmt.Errorf("golden: body of %d bytes was recorded as a hash only", b.Length)
	default:
		return nil, nil
	}
}

func joinParts(parts []Part) string {
	var text strings.Builder
	for _, p := range parts {
		text.WriteString(p.String())
	}
	return text.String()
}

// Matches tells in words how got differs from the recorded body; empty: not at
// all. Placeholders of a text are matched and bound by b.
func (b *Body) Matches(names *Bindings, got []byte) string {
	if b == nil {
		b = &Body{}
	}
	if b.SHA256 != "" {
		return diffHash(b.SHA256, b.Length, got)
	}
	if b.Text != nil {
		return names.matchText(*b.Text, string(got))
	}
	want, err := b.Bytes()
	if err != nil {
		return err.Error()
	}
	if !bytes.Equal(want, got) {
		return fmt.Sprintf("want %s, got %s", brief(string(want)), brief(string(got)))
	}
	return ""
}

func diffHash(want string, length int, got []byte) string {
	sum := sha256.Sum256(got)
	if length != len(got) || want != hex.EncodeToString(sum[:]) {
		return fmt.Sprintf("want %d bytes of SHA-256 %s, got %d bytes: %s", length, want, len(got), brief(string(got)))
	}
	return ""
}

// longString reads the recorded form of a long string in a document:
// {"$parts": […]} or {"$sha256", length, head}.
func longString(doc map[string]any) (*Body, bool) {
	_, parts := doc["$parts"]
	_, sum := doc["$sha256"]
	if !parts && !sum {
		return nil, false
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, false
	}
	var long struct {
		Parts  []Part `json:"$parts"`
		SHA256 string `json:"$sha256"`
		Length int    `json:"length"`
	}
	if err := json.Unmarshal(raw, &long); err != nil {
		return nil, false
	}
	return &Body{Parts: long.Parts, SHA256: long.SHA256, Length: long.Length}, true
}

func brief(text string) string {
	const limit = 300
	if len(text) > limit {
		return fmt.Sprintf("%q… (%d bytes)", text[:limit], len(text))
	}
	return fmt.Sprintf("%q", text)
}
