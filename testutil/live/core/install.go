package core

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
)

// Version is the version of the core.
const Version = "4.0.5"

// certificates is a module of ssl-root-cas. It would be made by downloading a list of
// certificates, at every start of the core, unless the file exists. The core only looks
// up the name; the list in the package serves as well.
const (
	certificates     = "ssl-root-cas-latest.js"
	certificatesCode = "module.exports = require('./ssl-root-cas')\n"
)

// locked holds the exact versions of all packages. Its lock names no registry, so that
// npm uses the one it is set up for.
//
//go:embed npm/package.json npm/package-lock.json
var locked embed.FS

// InstallConfig says where Install puts the core.
type InstallConfig struct {
	// CacheDir holds one directory for each set of versions. Defaults to
	// "mediator-go-live" in the user's cache directory (XDG_CACHE_HOME, ~/.cache).
	CacheDir string
	// Logger is told when there is something to install. Defaults to silence.
	Logger *slog.Logger
}

// Install makes sure that the core's packages are there and returns the core's
// directory. The first call takes npm about a quarter of a minute, later ones nothing.
// Processes may install at the same time: the first one to finish wins.
func Install(ctx context.Context, config InstallConfig) (dir string, err error) {
	if config.CacheDir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("core: find the cache directory: %w", err)
		}
		config.CacheDir = filepath.Join(user, "mediator-go-live")
	}
	if config.Logger == nil {
		config.Logger = discard()
	}
	files, name, err := lockFiles()
	if err != nil {
		return "", err
	}
	final := filepath.Join(config.CacheDir, name)
	dir = filepath.Join(final, "node_modules", "openhim-core")
	if installed(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(config.CacheDir, 0o750); err != nil {
		return "", fmt.Errorf("core: make the cache directory: %w", err)
	}
	// Installed beside the final place and renamed, so what is there is whole.
	fresh, err := os.MkdirTemp(config.CacheDir, ".new-")
	if err != nil {
		return "", fmt.Errorf("core: make a directory to install into: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fresh)) }()
	config.Logger.InfoContext(ctx, "installing the core", "version", Version, "dir", final)
	if err := npmInstall(ctx, fresh, files); err != nil {
		return "", err
	}
	if err := os.Rename(fresh, final); err != nil && !installed(dir) {
		return "", fmt.Errorf("core: move the finished installation: %w", err)
	}
	return dir, nil
}

func installed(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "lib", "server.js"))
	return err == nil
}

// lockFiles returns the embedded package files and a directory name that changes with them.
func lockFiles() (files map[string][]byte, name string, err error) {
	files = map[string][]byte{}
	hash := sha256.New()
	hash.Write([]byte(certificatesCode))
	for _, file := range []string{"package.json", "package-lock.json"} {
		content, err := fs.ReadFile(locked, "npm/"+file)
		if err != nil {
			return nil, "", fmt.Errorf("core: read embedded %s: %w", file, err)
		}
		hash.Write(content)
		files[file] = content
	}
	return files, "openhim-core-" + Version + "-" + hex.EncodeToString(hash.Sum(nil)[:6]), nil
}

func npmInstall(ctx context.Context, dir string, files map[string][]byte) error {
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return fmt.Errorf("core: write %s: %w", name, err)
		}
	}
	npm, err := exec.LookPath("npm")
	if err != nil {
		return fmt.Errorf("core: the live tests need Node.js with npm: %w", err)
	}
	// --ignore-scripts: nothing the packages bring is run while installing.
	cmd := exec.CommandContext(ctx, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error") //nolint:gosec // npm, from the path
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("core: npm ci: %w\n%s", err, tail(out))
	}
	modules := filepath.Join(dir, "node_modules")
	for _, at := range []string{modules, filepath.Join(modules, "openhim-core", "node_modules")} {
		certs := filepath.Join(at, "ssl-root-cas")
		if _, err := os.Stat(certs); err != nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(certs, certificates), []byte(certificatesCode), 0o600); err != nil {
			return fmt.Errorf("core: settle the certificate list: %w", err)
		}
	}
	return nil
}
