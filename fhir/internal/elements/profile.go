package elements

import (
	"compress/flate"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

//go:embed profiles.bin
var profilesData string

// profiles is the opened table: read-only.
var profiles = sync.OnceValue(func() *profileTable { return openProfiles(profilesData) }) //nolint:gochecknoglobals // a read-only table

type profileTable struct {
	dictionary []byte
	packed     map[string]packedProfile
	urls       []string
}

type packedProfile struct {
	data string
	size int
}

// Profile returns the StructureDefinition, as JSON, of a profile or an extension that R4 itself publishes: vital signs, data-absent-reason.
// It has a snapshot and what decides about instances; texts for people are left out, but for those of invariants. It is unpacked
// anew at every call: keep it.
func Profile(canonical string) ([]byte, bool) {
	url, version, versioned := strings.Cut(canonical, "|")
	table := profiles()
	found, ok := table.packed[url]
	if !ok || versioned && version != "4.0.1" {
		return nil, false
	}
	unpacked := make([]byte, found.size)
	if _, err := io.ReadFull(flate.NewReaderDict(strings.NewReader(found.data), table.dictionary), unpacked); err != nil {
		panic(fmt.Sprintf("elements: the embedded profile %s is damaged: run make generate: %v", url, err))
	}
	return unpacked, true
}

// ProfileURLs lists the profiles and extensions in alphabetical order.
func ProfileURLs() []string { return slices.Clone(profiles().urls) }

func openProfiles(data string) *profileTable {
	r := newReader(data, "FHP1")
	table := &profileTable{dictionary: []byte(r.take(r.count()))}
	table.urls = make([]string, r.count())
	table.packed = make(map[string]packedProfile, len(table.urls))
	sizes := make([][2]int, len(table.urls))
	for i := range table.urls {
		table.urls[i] = r.text()
		sizes[i] = [2]int{r.count(), r.count()}
	}
	for i, url := range table.urls {
		table.packed[url] = packedProfile{size: sizes[i][0], data: r.take(sizes[i][1])}
	}
	return table
}
