package fhirserver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// InstallConfig says where Install puts a server.
type InstallConfig struct {
	// CacheDir holds one directory for each server and set of sources. Defaults to
	// "mediator-go-live" in the user's cache directory (XDG_CACHE_HOME, ~/.cache).
	CacheDir string
	// Logger is told when there is something to install. Defaults to silence.
	Logger *slog.Logger
}

// Install makes sure that a server can be started and returns its directory. The first call
// takes HAPI 15 seconds and more, for 240 MB from Maven Central, and Medplum 3; later ones
// nothing. Processes may install at the same time: the first one to finish wins.
func Install(ctx context.Context, kind Kind, config InstallConfig) (dir string, err error) {
	if config.CacheDir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("fhirserver: find the cache directory: %w", err)
		}
		config.CacheDir = filepath.Join(user, "mediator-go-live")
	}
	if config.Logger == nil {
		config.Logger = slog.New(slog.DiscardHandler)
	}
	name, err := kind.directory()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(config.CacheDir, name)
	if kind.installed(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(config.CacheDir, 0o750); err != nil {
		return "", fmt.Errorf("fhirserver: make the cache directory: %w", err)
	}
	// Made beside the final place and renamed, so what is there is whole.
	fresh, err := os.MkdirTemp(config.CacheDir, ".new-")
	if err != nil {
		return "", fmt.Errorf("fhirserver: make a directory to install into: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fresh)) }()
	config.Logger.InfoContext(ctx, "installing a FHIR server", "server", string(kind), "dir", dir)
	if err := kind.write(fresh); err != nil {
		return "", err
	}
	build := buildMedplum
	if kind == HAPI {
		build = buildHAPI
	}
	if err := build(ctx, fresh); err != nil {
		return "", err
	}
	if kind != HAPI { // an installation of jars that have gone is made again
		if err := os.Rename(fresh, dir); err != nil && !kind.installed(dir) {
			return "", fmt.Errorf("fhirserver: move the finished installation: %w", err)
		}
		return dir, nil
	}
	if err := errors.Join(os.RemoveAll(dir), os.Rename(fresh, dir)); err != nil && !kind.installed(dir) {
		return "", fmt.Errorf("fhirserver: move the finished installation: %w", err)
	}
	return dir, nil
}

// directory is a name that changes with the sources.
func (k Kind) directory() (string, error) {
	hash := sha256.New()
	for _, file := range k.files() {
		content, err := sources.ReadFile(string(k) + "/" + file)
		if err != nil {
			return "", fmt.Errorf("fhirserver: read embedded %s: %w", file, err)
		}
		hash.Write(content)
	}
	return "fhir-" + string(k) + "-" + hex.EncodeToString(hash.Sum(nil)[:6]), nil
}

func (k Kind) write(dir string) error {
	for _, file := range k.files() {
		content, err := sources.ReadFile(string(k) + "/" + file)
		if err != nil {
			return fmt.Errorf("fhirserver: read embedded %s: %w", file, err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), content, 0o600); err != nil {
			return fmt.Errorf("fhirserver: write %s: %w", file, err)
		}
	}
	return nil
}

// installed tells whether all is there; the jars are in Maven's own cache and may be gone.
func (k Kind) installed(dir string) bool {
	if k == Medplum {
		_, err := os.Stat(filepath.Join(dir, "node_modules", "@medplum", "fhir-router"))
		return err == nil
	}
	if _, err := os.Stat(filepath.Join(dir, "classes", "HapiServer.class")); err != nil {
		return false
	}
	jars, err := classPath(dir)
	if err != nil {
		return false
	}
	for jar := range strings.SplitSeq(jars, ":") {
		if _, err := os.Stat(jar); err != nil {
			return false
		}
	}
	return true
}

const classPathFile = "classpath"

func classPath(dir string) (string, error) {
	content, err := os.ReadFile(filepath.Join(dir, classPathFile)) //nolint:gosec // of the cache
	if err != nil {
		return "", fmt.Errorf("fhirserver: read the class path: %w", err)
	}
	return strings.TrimSpace(string(content)), nil
}

// buildHAPI lets Maven fetch the jars, and compiles.
func buildHAPI(ctx context.Context, dir string) error {
	const needs = "HAPI needs a JDK from 17 on and Maven; on Debian: apt-get install openjdk-17-jdk-headless maven"
	err := command(ctx, dir, needs, "mvn", "-q", "-B", "-Dstyle.color=never",
		"org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath", "-Dmdep.outputFile="+classPathFile)
	if err != nil {
		return err
	}
	jars, err := classPath(dir)
	if err != nil {
		return err
	}
	return command(ctx, dir, needs, "javac", "-nowarn", "-proc:none", "-parameters", "-cp", jars, "-d", "classes", "HapiServer.java")
}

// buildMedplum lets npm fetch the packages; nothing they bring is run meanwhile.
func buildMedplum(ctx context.Context, dir string) error {
	return command(ctx, dir, "Medplum needs Node.js from 20.19 on, with npm",
		"npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error")
}

func command(ctx context.Context, dir, needs, name string, args ...string) error {
	path, err := exec.LookPath(name)
	if err != nil {
		return fmt.Errorf("fhirserver: %s: %w", needs, err)
	}
	cmd := exec.CommandContext(ctx, path, args...) //nolint:gosec // one of the programs above
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("fhirserver: %s: %w\n%s", name, err, tail(out))
	}
	return nil
}

// tailSize is how much of a log an error shows.
const tailSize = 4 << 10

// tail cuts a text to its last lines.
func tail(text []byte) []byte {
	if len(text) > tailSize {
		text = text[len(text)-tailSize:]
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return bytes.TrimSpace(text)
}
