package dhis2

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/tidwall/gjson"
)

const (
	// maxMetadataBytes bounds what ParseMetadata reads of all its readers together.
	maxMetadataBytes = 1 << 30
	// maxObjects bounds the objects of a snapshot. The largest known server has about 200,000
	// organisation units.
	maxObjects = 2_000_000
)

// ParseMetadata reads metadata exports of DHIS2, {"programs":[…],"dataElements":[…],…}: what
// GET /api/metadata answers and what POST /api/metadata takes. Several parts are read as one,
// so that programs may stand in one file and what they refer to in another. Objects may be
// nested in others or stand in a list of their own, and other kinds of metadata are passed over.
// It reads at most 1 GiB and 2 million objects, one at a time.
func ParseMetadata(parts ...io.Reader) (*Snapshot, error) {
	p := newMetadataParser()
	limit := &boundedReader{left: maxMetadataBytes}
	for _, part := range parts {
		limit.from = part
		if err := p.export(limit); err != nil {
			return nil, fmt.Errorf("dhis2: read metadata: %w", err)
		}
	}
	return p.build()
}

// ReadSnapshot reads what Snapshot.WriteTo wrote. Any metadata export can be read so.
func ReadSnapshot(from io.Reader) (*Snapshot, error) { return ParseMetadata(from) }

// boundedReader fails when more is read than it may.
type boundedReader struct {
	from io.Reader
	left int64
}

func (b *boundedReader) Read(into []byte) (int, error) {
	if b.left <= 0 {
		return 0, errors.New("more than 1 GiB")
	}
	n, err := b.from.Read(into[:min(int64(len(into)), b.left)])
	b.left -= int64(n)
	return n, err
}

// metadataParser collects objects of metadata until they are built into a snapshot.
type metadataParser struct {
	header          SnapshotHeader
	programs        entries[wireProgram]
	stages          entries[wireStage]
	attributes      entries[wireAttribute]
	elements        entries[wireElement]
	optionSets      entries[wireOptionSet]
	options         entries[wireOption]
	orgUnits        entries[wireOrgUnit]
	entityTypes     entries[wireEntityType]
	relationships   entries[wireRelationshipType]
	dataSets        entries[wireDataSet]
	combos          entries[wireCombo]
	optionCombos    entries[wireOptionCombo]
	categories      entries[wireCategory]
	categoryOptions entries[wireCategoryOption]
	metaAttributes  entries[MetadataAttribute]
	rules           entries[wireRule]
	// members that stand in lists of their own, and actions of rules
	members wireMembers
	actions []wireRuleAction
	objects int
	most    int  // how many objects there may be
	listed  bool // the next object stands in a list of its kind, not in another object
}

// entry is an object and whether more than its UID is known.
type entry[T any] struct {
	wire    T
	defined bool
}

// entries are the objects of a kind, by UID.
type entries[T any] map[string]*entry[T]

func newMetadataParser() *metadataParser {
	return &metadataParser{
		most:     maxObjects,
		programs: entries[wireProgram]{}, stages: entries[wireStage]{}, attributes: entries[wireAttribute]{},
		elements: entries[wireElement]{}, optionSets: entries[wireOptionSet]{}, options: entries[wireOption]{},
		orgUnits: entries[wireOrgUnit]{}, entityTypes: entries[wireEntityType]{}, relationships: entries[wireRelationshipType]{},
		dataSets: entries[wireDataSet]{}, combos: entries[wireCombo]{}, optionCombos: entries[wireOptionCombo]{},
		categories: entries[wireCategory]{}, categoryOptions: entries[wireCategoryOption]{},
		metaAttributes: entries[MetadataAttribute]{}, rules: entries[wireRule]{},
	}
}

// export reads one export.
func (p *metadataParser) export(from io.Reader) error {
	dec := json.NewDecoder(bufio.NewReaderSize(from, 1<<16))
	if err := delim(dec, '{'); err != nil {
		return err
	}
	var raw json.RawMessage
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		kind, _ := token.(string)
		object := p.object(kind)
		if object == nil {
			if err := p.other(dec, kind); err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
			continue
		}
		if err := delim(dec, '['); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
		for dec.More() {
			if err := dec.Decode(&raw); err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
			if err := object(raw); err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
		}
		if err := delim(dec, ']'); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	if err := delim(dec, '}'); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is something behind the export")
	}
	return nil
}

// other passes over what is not collected, an item at a time: exports hold whole dashboards and
// maps. It takes the header.
func (p *metadataParser) other(dec *json.Decoder, kind string) error {
	var raw json.RawMessage
	if kind == "system" {
		if err := dec.Decode(&raw); err != nil {
			return err
		}
		p.system(raw)
		return nil
	}
	token, err := dec.Token()
	if err != nil || token != json.Delim('[') && token != json.Delim('{') {
		return err
	}
	for dec.More() {
		if token == json.Delim('{') {
			if _, err := dec.Token(); err != nil { // the name
				return err
			}
		}
		if err := dec.Decode(&raw); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}

func delim(dec *json.Decoder, want json.Delim) error {
	token, err := dec.Token()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	if token != want {
		return fmt.Errorf("there is no %q where it is due: this is no metadata export", rune(want))
	}
	return nil
}

// system reads the header of an export. Exports of different servers have the last one's.
func (p *metadataParser) system(raw []byte) {
	head := gjson.ParseBytes(raw)
	p.header.SystemID, p.header.Version = head.Get("id").String(), head.Get("version").String()
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.000-0700"} {
		if at, err := time.Parse(layout, head.Get("date").String()); err == nil {
			p.header.Taken = at.UTC()
			return
		}
	}
}

// object is what takes the objects of a list, nil for lists that are passed over.
func (p *metadataParser) object(kind string) func(raw []byte) error {
	switch kind {
	case "programs":
		return p.nested(p.program)
	case "programStages":
		return p.nested(p.stage)
	case "programStageDataElements", "programTrackedEntityAttributes", "dataSetElements":
		return p.member
	case "trackedEntityAttributes":
		return p.nested(p.attribute)
	case "dataElements":
		return p.nested(p.element)
	case "optionSets":
		return p.nested(p.optionSet)
	case "options":
		return p.nested(p.option)
	case "organisationUnits":
		return p.nested(p.orgUnit)
	case "trackedEntityTypes":
		return p.nested(p.entityType)
	case "relationshipTypes":
		return p.nested(p.relationshipType)
	case "dataSets":
		return p.nested(p.dataSet)
	case "categoryCombos":
		return p.nested(p.combo)
	case "categoryOptionCombos":
		return p.nested(p.optionCombo)
	case "categories":
		return p.nested(p.category)
	case "categoryOptions":
		return p.nested(p.categoryOption)
	case "attributes":
		return p.nested(func(raw []byte) (string, error) { return overlay(p, p.metaAttributes, raw, nil) })
	case "programRules":
		return p.nested(p.rule)
	case "programRuleActions":
		return p.action
	default:
		return nil
	}
}

// nested takes what stands in a list of a kind: that is more than a reference, even with
// nothing but an id.
func (p *metadataParser) nested(object func(raw []byte) (uid string, err error)) func(raw []byte) error {
	return func(raw []byte) error {
		p.listed = true
		_, err := object(raw)
		return err
	}
}

// overlay reads an object over what is known of it, and hands it to inner for the objects that
// are nested in it. A reference adds nothing. null is none: its UID is "".
func overlay[T any](p *metadataParser, all entries[T], raw []byte, inner func(*T) error) (uid string, err error) {
	listed := p.listed
	p.listed = false
	if len(raw) == 0 || string(raw) == "null" {
		return "", nil
	}
	if raw[0] != '{' {
		return "", errors.New("an object is due")
	}
	uid = jsonText(raw, "id")
	if !ValidUID(uid) {
		return "", errors.New("an object has no UID as its id")
	}
	e := all[uid]
	if e == nil {
		if err := p.count(1); err != nil {
			return "", err
		}
		e = &entry[T]{}
		all[uid] = e
	}
	if err := json.Unmarshal(raw, &e.wire); err != nil {
		return "", fmt.Errorf("%s: %w", uid, err)
	}
	e.defined = e.defined || listed || !isReference(raw)
	if inner != nil {
		if err := inner(&e.wire); err != nil {
			return "", fmt.Errorf("%s: %w", uid, err)
		}
	}
	return uid, nil
}

// count bounds the objects, members and actions that are kept.
func (p *metadataParser) count(n int) error {
	if p.objects += n; p.objects > p.most {
		return fmt.Errorf("more than %d objects", p.most)
	}
	return nil
}

// isReference reports whether an object has no member but its id.
func isReference(raw []byte) bool {
	members := 0
	gjson.ParseBytes(raw).ForEach(func(_, _ gjson.Result) bool {
		members++
		return members < 2
	})
	return members < 2
}

func jsonText(raw []byte, member string) string {
	if r := gjson.GetBytes(raw, member); r.Type == gjson.String {
		return r.String()
	}
	return ""
}

// eachItem gives the items of an array.
func eachItem(raw []byte, do func(item []byte)) error {
	list := gjson.ParseBytes(raw)
	if !list.IsArray() {
		return errors.New("an array is due")
	}
	list.ForEach(func(_, item gjson.Result) bool {
		do([]byte(item.Raw))
		return true
	})
	return nil
}
