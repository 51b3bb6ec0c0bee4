package conform

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/tools"
)

func python(t *testing.T) string {
	t.Helper()
	py, err := tools.Python(t.Context(), "botocore")
	return tools.Use(t, py, err)
}

// TestSimulator runs the SDK's tests of the simulator with a record, and checks
// the record.
func TestSimulator(t *testing.T) {
	py := python(t)
	record := filepath.Join(t.TempDir(), "aws.jsonl")
	run := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-skip", "CLI|Boto3|Terraform|Moto", "../../awssim")
	run.Env = append(os.Environ(), "RECONCILER_AWS_LOG="+record)
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("run the tests of the simulator: %v\n%s", err, out)
	}
	if out, err := exec.CommandContext(t.Context(), py, "-B", "check.py", record).CombinedOutput(); err != nil {
		t.Errorf("the record does not fit AWS's models: %v\n%s", err, out)
	}
	covered(t, record)
}

// refused are the operations that ask for what no bucket of the simulator can
// have, and so are only ever refused.
var refused = map[string]bool{
	"s3:GetBucketCors": true, "s3:GetBucketReplication": true, "s3:GetBucketWebsite": true, "s3:GetObjectLockConfiguration": true,
}

// covered tells which operations of the simulator no test calls with success.
func covered(t *testing.T, record string) {
	t.Helper()
	f, err := os.Open(record)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	good := map[string]bool{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var e struct {
			Service, Operation string
			Status             int
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if op := e.Service + ":" + e.Operation; e.Status >= 200 && e.Status < 300 || refused[op] {
			good[op] = true
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	for _, op := range awssim.Operations() {
		if !good[op] {
			t.Errorf("no test calls %s with success", op)
		}
	}
}

// TestMistakesAreFound feeds the checker lines that are wrong, each in the way
// that its field finds says.
func TestMistakesAreFound(t *testing.T) {
	py := python(t)
	const file = "testdata/mistakes.jsonl"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), py, "-B", "check.py", file).CombinedOutput()
	if err == nil {
		t.Error("the checker is content")
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		var e struct{ Finds string }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		if !mentions(string(out), fmt.Sprintf("%s:%d: ", file, n), e.Finds) {
			t.Errorf("want %q to be found in %s", e.Finds, line)
		}
	}
	if t.Failed() {
		t.Logf("the checker says:\n%s", out)
	}
}

// mentions tells whether a line of a text begins and goes on so.
func mentions(text, begin, part string) bool {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, begin) && strings.Contains(line, part) {
			return true
		}
	}
	return false
}
