package fhir

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// FileWatermarks is a [WatermarkStore] that keeps each watermark in a file of
// this folder, which must exist. A file is replaced as a whole, and
// can be read by its owner only: it holds ids of resources. One process at
// a time may use a key.
type FileWatermarks string

func (d FileWatermarks) path(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(string(d), "watermark-"+hex.EncodeToString(sum[:12])+".json")
}

// Load implements [WatermarkStore].
func (d FileWatermarks) Load(_ context.Context, key string) (Watermark, error) {
	var w Watermark
	data, err := os.ReadFile(d.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return w, nil
	}
	if err != nil {
		return w, fmt.Errorf("fhir: load a watermark: %w", err)
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return Watermark{}, fmt.Errorf("fhir: load a watermark: %s is damaged; remove it to begin anew: %w", d.path(key), err)
	}
	return w, nil
}

// Save implements [WatermarkStore].
func (d FileWatermarks) Save(_ context.Context, key string, w Watermark) error {
	data, err := json.Marshal(w)
	if err != nil {
		return fmt.Errorf("fhir: save a watermark: %w", err)
	}
	f, err := os.CreateTemp(string(d), ".watermark-*")
	if err != nil {
		return fmt.Errorf("fhir: save a watermark: %w", err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), d.path(key))
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("fhir: save a watermark: %w", err)
	}
	return nil
}
