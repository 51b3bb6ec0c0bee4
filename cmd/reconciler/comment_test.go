package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

const planMarkdown = "<!-- reconciler: payers=a -->\nplan\n"

// hub is a GitHub that takes one comment on one pull request.
type hub struct {
	path, body string
	code       int
	login      string
	pulls      string // the open pull requests, as JSON
}

func (h *hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.Header.Get("Authorization") != "Bearer ghs_secret":
		w.WriteHeader(http.StatusUnauthorized)
	case r.URL.Path == "/user":
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"message": "Resource not accessible by integration"}`))
	case r.URL.Path == "/repos/acme/payers/pulls":
		_, _ = w.Write([]byte(h.pulls))
	case r.Method == http.MethodGet:
		_, _ = w.Write([]byte("[]"))
	case h.code != 0:
		w.WriteHeader(h.code)
		_, _ = w.Write([]byte(`{"message": "Resource not accessible by integration"}`))
	default:
		var c struct{ Body string }
		if json.NewDecoder(r.Body).Decode(&c) == nil {
			h.path, h.body = r.URL.Path, c.Body
		}
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte(`{"html_url": "https://github.example/c/1", "user": {"login": "` + h.login + `"}}`))
	}
}

// TestComment in and outside a workflow.
func TestComment(t *testing.T) {
	dir := t.TempDir()
	event := func(name, text string) string {
		put(t, filepath.Join(dir, name), text)
		return filepath.Join(dir, name)
	}
	own := event("own.json", `{"number": 9, "pull_request": {"number": 9, "head": {"repo": {"full_name": "acme/payers"}}, "base": {"repo": {"full_name": "acme/payers"}}}}`)
	fork := event("fork.json", `{"pull_request": {"number": 9, "head": {"repo": {"full_name": "eve/payers"}}, "base": {"repo": {"full_name": "acme/payers"}}}}`)
	later := func(sha string) string { // GitHub names no pull request where it is a fork's
		return event("run-"+sha+".json", `{"workflow_run": {"pull_requests": [], "head_sha": "`+sha+`", "head_branch": "fix", "head_repository": {"full_name": "eve/payers"}}}`)
	}
	token, empty, wrong := event("token", "ghs_secret\n"), event("empty", " \n"), event("wrong", "ghs_other")
	markdown := event("plan.md", planMarkdown)
	for _, tt := range []struct {
		name  string
		env   map[string]string
		args  string
		stdin string
		code  int // of GitHub
		want  string
		says  string
		path  string
	}{
		{name: "a workflow", env: map[string]string{"GITHUB_EVENT_PATH": own}, stdin: planMarkdown, want: "posted https://github.example/c/1\n", path: "/repos/acme/payers/issues/9/comments"},
		{name: "by its ref", env: map[string]string{"GITHUB_REF": "refs/pull/12/merge"}, stdin: planMarkdown, want: "posted", path: "/repos/acme/payers/issues/12/comments"},
		{name: "a comment's event", env: map[string]string{"GITHUB_EVENT_PATH": event("issue.json", `{"issue": {"number": 4, "pull_request": {}}}`)}, stdin: planMarkdown, want: "posted", path: "/repos/acme/payers/issues/4/comments"},
		{name: "a later workflow", env: map[string]string{"GITHUB_EVENT_PATH": later("ab12")}, stdin: planMarkdown, want: "posted", path: "/repos/acme/payers/issues/5/comments"},
		{name: "a later workflow of an older commit", env: map[string]string{"GITHUB_EVENT_PATH": later("cd34")}, stdin: planMarkdown,
			says: "find the pull request in acme/payers: no open pull request has this as its newest commit: cd34 of eve/payers, branch fix\nhint: it was closed, or has newer commits"},
		{name: "by flags", env: map[string]string{"GITHUB_REPOSITORY": "", "GITHUB_TOKEN": ""}, args: "--repo a-b/c.d --pr 3 --file " + markdown + " --token-file " + token, want: "posted", path: "/repos/a-b/c.d/issues/3/comments"},
		{name: "as an app", args: "--pr 3 --as my-app[bot]", stdin: planMarkdown, want: "posted", path: "/repos/acme/payers/issues/3/comments", says: `warning: the comment is of github-actions[bot], not of my-app[bot]: say --as "github-actions[bot]"`},
		{name: "a push", env: map[string]string{"GITHUB_EVENT_PATH": event("push.json", `{"ref": "refs/heads/main"}`), "GITHUB_REF": "refs/heads/main"}, stdin: planMarkdown, says: "the pull request is not known\nhint: --pr NUMBER"},
		{name: "no event", env: map[string]string{"GITHUB_EVENT_PATH": filepath.Join(dir, "none")}, stdin: planMarkdown, says: "read event: "},
		{name: "no JSON", env: map[string]string{"GITHUB_EVENT_PATH": markdown}, stdin: planMarkdown, says: "read event "},
		{name: "no repository", env: map[string]string{"GITHUB_REPOSITORY": "acme/payers/../../x"}, args: "--pr 1", stdin: planMarkdown, says: `"acme/payers/../../x" is no repository: it has the form OWNER/NAME`},
		{name: "no token", env: map[string]string{"GITHUB_TOKEN": ""}, args: "--pr 1", stdin: planMarkdown, says: "there is no token\nhint: GITHUB_TOKEN"},
		{name: "an empty token", args: "--pr 1 --token-file " + empty, stdin: planMarkdown, says: "there is no token"},
		{name: "a token that is refused", args: "--pr 1 --token-file " + wrong, stdin: planMarkdown, says: "hint: the token is not valid"},
		{name: "a token that is none", env: map[string]string{"GITHUB_TOKEN": "a\nb"}, args: "--pr 1", stdin: planMarkdown, says: "the token has a character that no token has"},
		{name: "nothing to say", args: "--pr 1", stdin: "\n", says: "there is nothing to comment"},
		{name: "no marker", args: "--pr 1", stdin: "hello", says: "does not begin with the hidden line"},
		{name: "no number", args: "--pr -1", stdin: planMarkdown, says: "--pr -1 is no number of a pull request"},
		{name: "a fork", env: map[string]string{"GITHUB_EVENT_PATH": fork}, stdin: planMarkdown, code: 403, says: "hint: a workflow on a pull request from a fork gets a token that cannot write: put the Markdown into the job's summary, as examples/ci/github-forks.yaml does"},
		{name: "no right", env: map[string]string{"GITHUB_EVENT_PATH": own}, stdin: planMarkdown, code: 403, says: "hint: the token may not write comments: the job needs `permissions: {pull-requests: write}`"},
		{name: "no pull request", args: "--pr 404", stdin: planMarkdown, code: 404, says: "hint: there is no such pull request"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := &hub{code: tt.code, login: "github-actions[bot]", pulls: `[{"number": 5, "head": {"ref": "fix", "sha": "ab12", "repo": {"full_name": "eve/payers"}}}]`}
			server := httptest.NewServer(h)
			defer server.Close()
			for k, v := range map[string]string{"GITHUB_API_URL": server.URL, "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/payers",
				"GITHUB_TOKEN": "ghs_secret", "GITHUB_EVENT_PATH": "", "GITHUB_REF": ""} {
				if set, ok := tt.env[k]; ok {
					v = set
				}
				t.Setenv(k, v)
			}
			var out, errs bytes.Buffer
			code := run(t.Context(), nil, append([]string{"comment"}, strings.Fields(tt.args)...), strings.NewReader(tt.stdin), &out, &errs)
			if (code == 0) != (tt.want != "") || !strings.HasPrefix(out.String(), tt.want) || !strings.Contains(errs.String(), tt.says) {
				t.Errorf("exit code %d\n%s%s", code, &out, &errs)
			}
			if h.path != tt.path || tt.path != "" && h.body != planMarkdown {
				t.Errorf("posted %q to %s", h.body, h.path)
			}
			if all := out.String() + errs.String(); strings.Contains(all, "ghs_") {
				t.Errorf("a token is printed:\n%s", all)
			}
		})
	}
}
