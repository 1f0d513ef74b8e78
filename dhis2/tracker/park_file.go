package tracker

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"sync"
)

// FilePark is a [ParkStore] in one NDJSON file that only its owner can read: a line for each entry
// and for each removal, on the disk before a method returns. A line that a crash cut off is
// dropped when the file is opened. Payloads are in it only with Config.ParkPayloads. One process
// at a time may have it open. Close it.
type FilePark struct {
	mu     sync.Mutex
	path   string
	file   *os.File
	size   int64
	places map[string]place
	counts map[string]int64
	dead   int // lines that say nothing any more
}

type place struct {
	at    int64
	cause string
}

// parkLine is a line of the file: an entry or the ID of one that is gone.
type parkLine struct {
	Parked  *Parked `json:"parked,omitempty"`
	Removed string  `json:"removed,omitempty"`
}

// OpenFilePark opens a park file or makes it; its folder must exist. A file with mostly removed
// entries is rewritten.
func OpenFilePark(path string) (*FilePark, error) {
	p := &FilePark{path: path}
	if err := p.open(); err != nil {
		return nil, fmt.Errorf("tracker: open park file %s: %w", path, err)
	}
	if p.dead > len(p.places) {
		if err := p.compact(); err != nil {
			return nil, errors.Join(fmt.Errorf("tracker: rewrite park file %s: %w", path, err), p.Close())
		}
	}
	return p, nil
}

// open reads the file and cuts off a broken end.
func (p *FilePark) open() error {
	file, err := os.OpenFile(p.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	p.file, p.size, p.dead = file, 0, 0
	p.places, p.counts = map[string]place{}, map[string]int64{}
	lines := bufio.NewReaderSize(file, 1<<16)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break // without a newline a line was not written to its end
		}
		if err != nil {
			return errors.Join(err, file.Close())
		}
		if err := p.replay(line); err != nil {
			return errors.Join(fmt.Errorf("byte %d: %w", p.size, err), file.Close())
		}
		p.size += int64(len(line))
	}
	err = file.Truncate(p.size)
	if err == nil {
		err = file.Chmod(0o600)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(p.path))
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	return nil
}

// errParkLine hides what a damaged line holds.
var errParkLine = errors.New("the line is damaged")

func (p *FilePark) replay(text []byte) error {
	var line parkLine
	if json.Unmarshal(text, &line) != nil {
		return errParkLine
	}
	p.apply(line, p.size)
	return nil
}

func (p *FilePark) apply(line parkLine, at int64) {
	id := line.Removed
	if line.Parked != nil {
		id = line.Parked.ID
	}
	if old, known := p.places[id]; known {
		p.dead++
		delete(p.places, id)
		if p.counts[old.cause]--; p.counts[old.cause] <= 0 {
			delete(p.counts, old.cause)
		}
	}
	if line.Parked == nil {
		p.dead++
		return
	}
	p.places[id] = place{at: at, cause: line.Parked.Cause}
	p.counts[line.Parked.Cause]++
}

// write appends lines and waits until they are on the disk.
func (p *FilePark) write(lines []parkLine) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.file == nil {
		return fmt.Errorf("tracker: park file %s: %w", p.path, os.ErrClosed)
	}
	var text bytes.Buffer
	places := make([]int64, len(lines))
	encoder := json.NewEncoder(&text) // ends each value with a newline
	encoder.SetEscapeHTML(false)
	for i, line := range lines {
		places[i] = p.size + int64(text.Len())
		if err := encoder.Encode(line); err != nil {
			return fmt.Errorf("tracker: write park file: %w", err)
		}
	}
	_, err := p.file.WriteAt(text.Bytes(), p.size)
	if err == nil {
		err = p.file.Sync()
	}
	if err != nil {
		_ = p.file.Truncate(p.size) // half a line must not stand before the next
		return fmt.Errorf("tracker: write park file: %w", err)
	}
	p.size += int64(text.Len())
	for i, line := range lines {
		p.apply(line, places[i])
	}
	return nil
}

// Park implements [ParkStore].
func (p *FilePark) Park(_ context.Context, entries []Parked) error {
	lines := make([]parkLine, len(entries))
	for i := range entries {
		lines[i].Parked = &entries[i]
	}
	return p.write(lines)
}

// Remove implements [ParkStore].
func (p *FilePark) Remove(_ context.Context, ids []string) error {
	var lines []parkLine
	p.mu.Lock()
	for _, id := range ids {
		if _, known := p.places[id]; known {
			lines = append(lines, parkLine{Removed: id})
		}
	}
	p.mu.Unlock()
	if len(lines) == 0 {
		return nil
	}
	return p.write(lines)
}

// Causes implements [ParkStore].
func (p *FilePark) Causes(context.Context) (map[string]int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.counts), nil
}

// Entries implements [ParkStore]. It reads what was there when it was called.
func (p *FilePark) Entries(_ context.Context, cause string) iter.Seq2[Parked, error] {
	return func(yield func(Parked, error) bool) {
		p.mu.Lock()
		file, size := p.file, p.size
		p.mu.Unlock()
		if file == nil {
			yield(Parked{}, fmt.Errorf("tracker: park file %s: %w", p.path, os.ErrClosed))
			return
		}
		lines := bufio.NewReaderSize(io.NewSectionReader(file, 0, size), 1<<16)
		at := int64(0)
		for {
			text, err := lines.ReadBytes('\n')
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Parked{}, fmt.Errorf("tracker: read park file: %w", err))
				return
			}
			here := at
			at += int64(len(text))
			var line parkLine
			if json.Unmarshal(text, &line) != nil {
				yield(Parked{}, fmt.Errorf("tracker: read park file: byte %d: %w", here, errParkLine))
				return
			}
			if line.Parked == nil || cause != "" && line.Parked.Cause != cause || !p.isAt(line.Parked.ID, here) {
				continue
			}
			if !yield(*line.Parked, nil) {
				return
			}
		}
	}
}

// isAt reports whether an entry is still the one on this line.
func (p *FilePark) isAt(id string, at int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.places[id]
	return ok && known.at == at
}

// compact writes a file with the living entries only.
func (p *FilePark) compact() error {
	err := rewriteFile(p.path, func(w io.Writer) error {
		lines := bufio.NewWriterSize(w, 1<<16)
		encoder := json.NewEncoder(lines)
		encoder.SetEscapeHTML(false)
		for e, err := range p.Entries(context.Background(), "") {
			if err != nil {
				return err
			}
			if err := encoder.Encode(parkLine{Parked: &e}); err != nil {
				return err
			}
		}
		return lines.Flush()
	})
	if err != nil {
		return err
	}
	if err := p.file.Close(); err != nil {
		return err
	}
	return p.open()
}

// Close closes the file. Calling it again does nothing.
func (p *FilePark) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.file == nil {
		return nil
	}
	err := p.file.Close()
	p.file = nil
	if err != nil {
		return fmt.Errorf("tracker: close park file: %w", err)
	}
	return nil
}
