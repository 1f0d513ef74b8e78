package tracker

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"unicode/utf8"
)

// maxRecordLine bounds one line of a source.
const maxRecordLine = 32 << 20

// ReadRecords reads records from NDJSON: on each line an object with the lists of a [Payload] and,
// all optional, key, source, version and strategy of the [Record]:
//
//	{"source":"message 17","version":3,"trackedEntities":[{"trackedEntity":"…","enrollments":[…]}]}
//
// Blank lines are left out. A line that cannot be read gives an error that wraps [ErrRecord] and
// names the line; reading goes on with the next one. Lines may have up to 32 MiB. The source is
// "line N" where the line names none.
func ReadRecords(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		lines := bufio.NewReaderSize(r, 1<<16)
		for number := 1; ; number++ {
			line, err := readLine(lines)
			text := bytes.TrimSpace(line)
			switch {
			case errors.Is(err, errLongLine):
				if !yield(lineError(number, err)) {
					return
				}
				continue
			case err != nil && !errors.Is(err, io.EOF):
				yield(Record{}, fmt.Errorf("tracker: read line %d: %w", number, err))
				return
			case len(text) > 0:
				record, lineErr := readRecord(text)
				if record.Source == "" {
					record.Source = fmt.Sprintf("line %d", number)
				}
				if lineErr != nil {
					record, lineErr = lineError(number, lineErr)
				}
				if !yield(record, lineErr) {
					return
				}
			}
			if err != nil {
				return
			}
		}
	}
}

func lineError(number int, err error) (Record, error) {
	return Record{Source: fmt.Sprintf("line %d", number)}, fmt.Errorf("%w: line %d: %w", ErrRecord, number, err)
}

var errLongLine = errors.New("it is longer than 32 MiB")

// readLine reads one line; of one that is too long only the error comes.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := r.ReadSlice('\n')
		if !long && len(line)+len(part) > maxRecordLine {
			line, long = nil, true
		}
		if !long {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case long && (err == nil || errors.Is(err, io.EOF)):
			return nil, errLongLine
		default:
			return line, err
		}
	}
}

var errNoRecord = errors.New("key, source, version or strategy has the wrong type")

var errNotUTF8 = errors.New("it is not UTF-8")

func readRecord(line []byte) (Record, error) {
	if !utf8.Valid(line) {
		return Record{}, errNotUTF8 // else values would be altered without a word
	}
	payload, err := ParsePayload(line)
	if err != nil {
		return Record{}, err
	}
	var about struct {
		Key      string   `json:"key"`
		Source   string   `json:"source"`
		Version  int64    `json:"version"`
		Strategy Strategy `json:"strategy"`
	}
	if json.Unmarshal(line, &about) != nil {
		return Record{}, errNoRecord
	}
	return Record{
		Key: about.Key, Source: about.Source, Version: about.Version, Strategy: about.Strategy, Payload: payload,
	}, nil
}
