package awssim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
)

// moto starts the independent emulator, and gives its address.
func moto(t *testing.T) string {
	t.Helper()
	py := needsPython(t, "moto")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	cmd := exec.Command(py, "-m", "moto.server", "-H", "127.0.0.1", "-p", fmt.Sprint(port))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if res, err := http.Get(url + "/moto-api/data.json"); err == nil {
			res.Body.Close()
			return url
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("moto does not come up in 30 s")
		}
	}
}

// step is a call that both are asked, and the answer of it that is compared.
type step struct {
	name string
	do   func(*rig, map[string]string) (any, error)
	// differs is why the answers may differ: what moto does otherwise than AWS.
	differs string
}

// ids are replaced by a word each, so that the answers of two servers can be
// compared; so are the moments and the address of the management account.
var ids = []struct {
	re   *regexp.Regexp
	word string
}{
	{regexp.MustCompile(`\bou-[0-9a-z]{4}-[0-9a-z]{8}\b`), "OU"},
	{regexp.MustCompile(`\bo-[0-9a-z]{10}\b`), "ORG"},
	{regexp.MustCompile(`\br-[0-9a-z]{4}\b`), "ROOT"},
	{regexp.MustCompile(`\bp-[0-9a-z]{8}\b`), "POLICY"},
	{regexp.MustCompile(`\bcar-[0-9a-z]{8,32}\b`), "REQUEST"},
	{regexp.MustCompile(`\b[0-9]{12}\b`), "ACCOUNT"},
	{regexp.MustCompile(`"[0-9]{4}-[0-9]{2}-[0-9]{2}T[^"]*"`), `"TIME"`},
	{regexp.MustCompile(`ACCOUNT:policy/ORG/service_control_policy/p-FullAWSAccess`), "aws:policy/service_control_policy/p-FullAWSAccess"}, // moto gives AWS's own policy an ARN of the organization
	{regexp.MustCompile(`"(RoleId|UserId|GroupId|PolicyId)": "[^"]*"`), `"ID"`},                                                            // moto's have no prefix
	{regexp.MustCompile(`"(master@example.com|root-ACCOUNT@standalone.example)"`), `"MANAGEMENT"`},
}

// plain makes an answer comparable: JSON with the ids replaced, and without
// what moto is known to leave out of every answer.
func plain(t *testing.T, v any, err error) string {
	t.Helper()
	if err != nil {
		var api smithy.APIError
		if errors.As(err, &api) {
			return "error " + api.ErrorCode()
		}
		return "error that is no API error"
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	strip(m)
	b, _ = json.MarshalIndent(m, "", " ")
	s := string(b)
	for _, id := range ids {
		s = id.re.ReplaceAllString(s, id.word)
	}
	return s
}

// strip takes out what differs everywhere: the SDK's metadata, and the members
// that moto never fills (Paths and Path).
func strip(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range []string{"ResultMetadata", "Paths", "Path", "NextToken"} {
			delete(v, k)
		}
		for _, x := range v {
			strip(x)
		}
	case []any:
		for _, x := range v {
			strip(x)
		}
	}
}

// TestMoto asks the simulator and moto the same, and compares the answers.
// Where they differ, the table says why; where they do no longer, it is an
// error, too.
func TestMoto(t *testing.T) {
	url := moto(t)
	m := with(t, nil, url, http.DefaultClient, "test", "test", "")
	s := newRig(t, awssim.Options{SCPsOff: true})
	compare(t, s, m, motoSteps)
}

// compare asks two servers the same, step by step.
func compare(t *testing.T, s, m *rig, steps []step) {
	t.Helper()
	mine, theirs := map[string]string{}, map[string]string{}
	for _, st := range steps {
		v, err := st.do(s, mine)
		got := plain(t, v, err)
		v, err = st.do(m, theirs)
		diff := cmp.Diff(plain(t, v, err), got)
		switch {
		case diff != "" && st.differs == "":
			t.Errorf("%s: the answers differ (-moto +awssim):\n%s", st.name, diff)
		case diff == "" && st.differs != "":
			t.Errorf("%s: the answers are equal now; the table says: %s", st.name, st.differs)
		}
	}
}
