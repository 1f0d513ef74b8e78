package tracker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// FileCheckpoints is a [Checkpoints] that keeps each checkpoint in a file of this folder, which
// must exist. A file is replaced as a whole, so a crash leaves the old or the new one. One process
// at a time may use a key.
type FileCheckpoints string

func (d FileCheckpoints) path(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(string(d), "checkpoint-"+hex.EncodeToString(sum[:12])+".json")
}

// Load implements [Checkpoints].
func (d FileCheckpoints) Load(_ context.Context, key string) (Checkpoint, error) {
	var c Checkpoint
	data, err := os.ReadFile(d.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, fmt.Errorf("tracker: load a checkpoint: %w", err)
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return Checkpoint{}, fmt.Errorf("tracker: load a checkpoint: %s is damaged; remove it to begin anew: %w", d.path(key), err)
	}
	return c, nil
}

// Save implements [Checkpoints].
func (d FileCheckpoints) Save(_ context.Context, key string, c Checkpoint) error {
	data, err := json.Marshal(c)
	if err == nil {
		err = replaceFile(d.path(key), data)
	}
	if err != nil {
		return fmt.Errorf("tracker: save a checkpoint: %w", err)
	}
	return nil
}

// replaceFile writes a file of which a reader sees all or nothing, also after a crash. Only its
// owner can read it.
func replaceFile(path string, data []byte) error {
	return rewriteFile(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// rewriteFile is replaceFile for what need not be in memory at once.
func rewriteFile(path string, write func(io.Writer) error) error {
	folder := filepath.Dir(path)
	f, err := os.CreateTemp(folder, ".tracker-*") // mode 0600
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return err
	}
	return syncFolder(folder)
}

// syncFolder makes a renamed file survive a crash of the machine.
func syncFolder(path string) error {
	d, err := os.Open(path) //nolint:gosec // the folder that the caller chose
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
