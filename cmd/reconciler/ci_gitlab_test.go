package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// forge is the part of GitLab's API that the example calls.
type forge struct {
	mu    sync.Mutex
	notes []note
	token string
}

type note struct {
	ID     int    `json:"id"`
	Body   string `json:"body"`
	Author struct {
		ID int `json:"id"`
	} `json:"author"`
}

func (f *forge) add(author int, body string) {
	n := note{ID: len(f.notes) + 1, Body: body}
	n.Author.ID = author
	f.notes = append(f.notes, n)
}

func (f *forge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	const notes = "/projects/1/merge_requests/7/notes"
	var in struct{ Body string }
	if r.Method != http.MethodGet && json.NewDecoder(r.Body).Decode(&in) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	switch id, one := strings.CutPrefix(r.URL.Path, notes+"/"); {
	case r.Header.Get("PRIVATE-TOKEN") != f.token:
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/user":
		fmt.Fprint(w, `{"id": 5}`)
	case r.URL.Path == notes && r.Method == http.MethodGet:
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		from := min((page-1)*3, len(f.notes))
		_ = json.NewEncoder(w).Encode(f.notes[from:min(from+3, len(f.notes))])
	case r.URL.Path == notes && r.Method == http.MethodPost:
		f.add(5, in.Body)
		w.WriteHeader(http.StatusCreated)
	case one && r.Method == http.MethodPut:
		n, _ := strconv.Atoi(id)
		f.notes[n-1].Body = in.Body
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// noted runs the job of GitLab's example, whether it is to succeed, and gives what
// it printed.
func (f *forge) noted(r *runner, well bool, env ...string) string {
	r.Helper()
	server := httptest.NewServer(f)
	defer server.Close()
	out, err := r.script(strings.Join(gitlab(r.T)["plan"].Script, "\n"), append([]string{"CI_API_V4_URL=" + server.URL, "CI_PROJECT_ID=1",
		"CI_MERGE_REQUEST_IID=7", "PLAN_TOKEN=glpat-secret", "PLAN_ROLE=arn:aws:iam::111122223399:role/ci", "CI_JOB_URL=https://gitlab.example/1",
		"CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main", "AWS_TOKEN=jwt-secret", "CI_COMMIT_SHA=" + headSHA}, env...)...)
	if (err == nil) != well {
		r.Errorf("%v\n%s", err, out)
	}
	if strings.Contains(out, "-secret") {
		r.Errorf("a secret is printed:\n%s", out)
	}
	r.empty()
	return out
}

// TestExampleOfGitLabRuns: the note of the last run is edited, on whatever page it
// is, and nobody else's.
func TestExampleOfGitLabRuns(t *testing.T) {
	r := newRunner(t)
	f := &forge{token: "glpat-secret"}
	for i := range 4 {
		f.add(6, fmt.Sprintf("<!-- reconciler: payers=a --> of somebody else, %d", i))
	}
	f.add(5, "ours, and no plan")
	f.noted(r, true)
	if len(f.notes) != 6 {
		t.Fatalf("there are %d notes", len(f.notes))
	}
	hasAll(t, f.notes[5].Body, "<!-- reconciler: payers=a -->\n", headSHA[:8])
	f.add(6, "later")
	r.replace("payers/a.yaml", "count: 4", "count: four")
	r.commit()
	f.noted(r, false)
	if len(f.notes) != 7 {
		t.Fatalf("there are %d notes", len(f.notes))
	}
	hasAll(t, f.notes[5].Body, "<!-- reconciler: payers=", "payers/a.yaml:", headSHA[:8])
	r.replace("payers/a.yaml", "count: four", "count: 4")
	r.commit()
	f.token = "glpat-other"
	f.noted(r, false)
}

// TestExampleOfGitLabBehind: a branch that is behind is planned as a merge would
// make it, and one that cannot be merged says so.
func TestExampleOfGitLabBehind(t *testing.T) {
	r := newRunner(t)
	r.branch("main", false)
	r.replace("payers/a.yaml", "ous: [{name: Labs}]", "ous: [{name: Labs}, {name: Guarded}]")
	r.commit()
	r.branch("work", false)
	f := &forge{token: "glpat-secret"}
	f.noted(r, true)
	hasAll(t, f.notes[0].Body, "<!-- reconciler: payers=a -->\n", "ou/Guarded", "4 accounts")

	r.branch("main", false)
	r.replace("payers/a.yaml", "count: 3", "count: 5")
	r.commit()
	r.branch("work", false)
	out := f.noted(r, false)
	hasAll(t, out, "payers/a.yaml")
	hasAll(t, f.notes[0].Body, "No plan could be made of "+headSHA+". The target branch cannot be merged into it: [the log](https://gitlab.example/1)")

	// Of a merged results pipeline GitLab tells the branch's own commit apart.
	r.must("git reset -q --hard origin/main")
	r.replace("payers/a.yaml", "count: 5", "count: 6")
	r.commit()
	f.noted(r, true, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA=0ddba11000000000000000000000000000000000")
	hasAll(t, f.notes[0].Body, "0ddba110")
}
