// Package config reads the daemon's config file.
//
// [Load] reads a file strictly and gives every mistake at once, each with its
// place. It looks at nothing but that file and the environment it is given.
// [Config.Check] then looks whether the files that the config names can be read,
// which the daemon does when it starts and when it takes on a new config.
// [Config.Diff] and [Config.NeedsRestart] say what a new config changes.
package config
