package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/schema"
)

// setUpScript gives a script an environment without any way to the real AWS,
// the examples in $WORK/examples, and a payer of twelve accounts in $WORK/lab.
func setUpScript(e *testscript.Env) error {
	e.Vars = append(e.Vars, "AWS_EC2_METADATA_DISABLED=true", "AWS_REGION=us-east-1", "TERM=xterm")
	e.Values[simKey{}] = new(simulated)
	if err := os.CopyFS(filepath.Join(e.WorkDir, "lab"), os.DirFS(filepath.Join("testdata", "lab"))); err != nil {
		return err
	}
	examples := filepath.Join(e.WorkDir, "examples")
	if err := os.CopyFS(examples, os.DirFS(filepath.Join("..", "..", "examples"))); err != nil {
		return err
	}
	return asCloned(examples)
}

// asCloned removes what a first try of the README's commands has left in the
// examples.
func asCloned(examples string) error {
	written, err := filepath.Glob(filepath.Join(examples, "*", "accounts"))
	if err != nil {
		return err
	}
	for _, dir := range written {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}

type simKey struct{}

// simulated is the simulated AWS that a script serves.
type simulated struct{ *awssim.Server }

func simOf(ts *testscript.TestScript) *awssim.Server {
	s := ts.Value(simKey{}).(*simulated)
	if s.Server == nil {
		ts.Fatalf("no simulated AWS is served yet")
	}
	return s.Server
}

// scriptCommands are the commands of scripts:
//
//	serve [quota=N] [lagreads=N]  serve a simulated AWS, and point the environment at it
//	exit N COMMAND…               run a command, which must exit with N
//	role ACCOUNT NAME EXTERNALID  put a role into an account of the simulated AWS
//	fault OP KIND [NTH [COUNT]]   arm a fault; nofaults disarms all
//	aws ACCOUNT OP JSON [VAR=a.0.b]…  call Organizations behind the tool's back, and keep parts of the answer
//	reset                         empty the log of calls
//	calls OP…                     the log holds these operations, in any order, and no other
//	count OP N                    the log holds so many calls of the operation; "write" is every write
//	snapshot FILE                 the state of the simulated AWS, to compare
//	tree DIR FILE                 every file below DIR with its hash, but for locks
//	mode FILE MODE                the file's mode, as ls writes it
//	fits FILE                     FILE is a JSON report as schema/plan.schema.json says
//	git init DIR                  make DIR a repository with the branch main
//	git branch DIR NAME           go to a branch, a new one from here if need be
//	git commit DIR [PARENT]       commit all of DIR; with PARENT as a merge of it
//	write FILE TEXT               a file with this Go string in it
func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	plain := map[string]func(*testscript.TestScript, []string){
		"serve": scriptServe, "exit": scriptExit, "role": scriptRole, "fault": scriptFault,
		"nofaults": func(ts *testscript.TestScript, _ []string) { simOf(ts).ClearFaults() },
		"aws":      scriptAWS,
		"reset":    func(ts *testscript.TestScript, _ []string) { simOf(ts).ResetCalls() },
		"calls":    scriptCalls, "count": scriptCount, "snapshot": scriptSnapshot,
		"git": scriptGit, "mode": scriptMode, "tree": scriptTree, "fits": scriptFits, "write": scriptWrite,
	}
	all := map[string]func(*testscript.TestScript, bool, []string){}
	for name, f := range plain {
		all[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			if neg {
				ts.Fatalf("unsupported: ! %s", name)
			}
			f(ts, args)
		}
	}
	return all
}

func want(ts *testscript.TestScript, args []string, atLeast int, usage string) {
	if len(args) < atLeast {
		ts.Fatalf("usage: %s", usage)
	}
}

func number(ts *testscript.TestScript, s string) int {
	n, err := strconv.Atoi(s)
	ts.Check(err)
	return n
}

func scriptServe(ts *testscript.TestScript, args []string) {
	var o awssim.Options
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		switch name {
		case "quota":
			o.Quota = number(ts, value)
		case "lagreads":
			o.LagReads = number(ts, value)
		default:
			ts.Fatalf("usage: serve [quota=N] [lagreads=N]")
		}
	}
	sim := awssim.New(o)
	server := httptest.NewServer(sim)
	ts.Defer(func() { sim.ClearFaults(); server.Close() })
	ts.Value(simKey{}).(*simulated).Server = sim
	ts.Setenv("AWS_ENDPOINT_URL", server.URL)
	ts.Setenv("AWS_ACCESS_KEY_ID", "any")
	ts.Setenv("AWS_SECRET_ACCESS_KEY", "any-secret")
}

func scriptExit(ts *testscript.TestScript, args []string) {
	want(ts, args, 2, "exit N COMMAND…")
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var ended *exec.ExitError
		if !errors.As(err, &ended) {
			ts.Fatalf("%v", err)
		}
		got = ended.ExitCode()
	}
	if got != number(ts, args[0]) {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

func scriptRole(ts *testscript.TestScript, args []string) {
	want(ts, args, 3, "role ACCOUNT NAME EXTERNALID")
	simOf(ts).AddRole(args[0], args[1], args[2])
}

func scriptFault(ts *testscript.TestScript, args []string) {
	want(ts, args, 2, "fault OP KIND [NTH [COUNT]]")
	f := awssim.Fault{Operation: args[0], Kind: awssim.FaultKind(args[1])}
	if len(args) > 2 {
		f.Nth = number(ts, args[2])
	}
	if len(args) > 3 {
		f.Count = number(ts, args[3])
	}
	simOf(ts).Inject(f)
}

func scriptAWS(ts *testscript.TestScript, args []string) {
	want(ts, args, 3, "aws ACCOUNT OP JSON [VAR=a.0.b]…")
	out, err := callOrganizations(simOf(ts), args[0], args[1], args[2])
	ts.Check(err)
	for _, a := range args[3:] {
		name, path, _ := strings.Cut(a, "=")
		value, err := part(out, path)
		ts.Check(err)
		ts.Setenv(name, value)
	}
}

func scriptCalls(ts *testscript.TestScript, args []string) {
	var got []string
	for _, c := range simOf(ts).Calls() {
		got = append(got, c.Operation)
	}
	wanted := slices.Sorted(slices.Values(args))
	slices.Sort(got)
	if !slices.Equal(got, wanted) {
		ts.Fatalf("got calls %v, want %v", got, wanted)
	}
}

func scriptCount(ts *testscript.TestScript, args []string) {
	want(ts, args, 2, "count OP N")
	n := 0
	for _, c := range simOf(ts).Calls() {
		if c.Operation == args[0] || args[0] == awssim.AnyWrite && c.Write {
			n++
		}
	}
	if n != number(ts, args[1]) {
		ts.Fatalf("got %d calls of %s, want %s", n, args[0], args[1])
	}
}

func scriptSnapshot(ts *testscript.TestScript, args []string) {
	want(ts, args, 1, "snapshot FILE")
	b, err := worldOf(simOf(ts))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o644))
}

func scriptTree(ts *testscript.TestScript, args []string) {
	want(ts, args, 2, "tree DIR FILE")
	var b bytes.Buffer
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err == nil && d.IsDir() && d.Name() == ".reconciler" && onlyLocks(path):
			return filepath.SkipDir
		case err != nil || d.IsDir():
			fmt.Fprintln(&b, path)
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %x\n", path, sha256.Sum256(text))
		return err
	}))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b.Bytes(), 0o644))
}

// onlyLocks says that our own folder holds locks, which every apply takes, and
// nothing else.
func onlyLocks(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return e.Name() != ".gitignore" && filepath.Ext(e.Name()) != ".lock"
	})
}

func scriptMode(ts *testscript.TestScript, args []string) {
	want(ts, args, 2, "mode FILE MODE")
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := info.Mode().String(); got != args[1] {
		ts.Fatalf("mode %s, want %s", got, args[1])
	}
}

func scriptFits(ts *testscript.TestScript, args []string) {
	want(ts, args, 1, "fits FILE [SCHEMA]")
	by := schema.Plan
	if len(args) > 1 {
		by = schemas[args[1]]
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(by()))
	ts.Check(err)
	c := jsonschema.NewCompiler()
	ts.Check(c.AddResource("plan.schema.json", doc))
	compiled, err := c.Compile("plan.schema.json")
	ts.Check(err)
	report, err := jsonschema.UnmarshalJSON(io.Reader(strings.NewReader(ts.ReadFile(args[0]))))
	ts.Check(err)
	ts.Check(compiled.Validate(report))
}

func scriptWrite(ts *testscript.TestScript, args []string) {
	want(ts, args, 2, "write FILE TEXT")
	text, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o644))
}
