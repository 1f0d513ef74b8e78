// Package core installs and runs an unmodified OpenHIM core for tests: version 4.0.5,
// the one on the npm registry, on loopback and on ports of its own. It needs Node.js 18
// or later with npm.
//
//	dir, err := core.Install(ctx, core.InstallConfig{})
//	c, err := core.New(core.Config{InstallDir: dir, StateDir: t, MongoURL: url})
//	err = c.Start(ctx)
//	defer c.Stop(ctx)
//	env := c.Facts().Environ()
//
// A Core keeps its ports over Kill and Start, so a mediator under test can see it go and
// come back.
package core
