package main

import (
	"flag"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the commands print into the scripts that compare it")

// TestMain makes the test binary the command itself where a script, or a test
// that kills it, runs `reconciler`.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"reconciler": main})
}

// TestScripts runs testdata/script: what a user types, what they read, and the
// exit code. The commands that scripts have beside testscript's own are those
// of scriptCommands.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", Cmds: scriptCommands(), Setup: setUpScript,
		RequireExplicitExec: true, RequireUniqueNames: true, UpdateScripts: *update,
	})
}
