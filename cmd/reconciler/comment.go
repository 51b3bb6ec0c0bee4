package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payer-reconciler/reconciler/comment"
	"github.com/payer-reconciler/reconciler/report"
)

// maxComment is how much is read of what is to be a comment.
const maxComment = 4 << 20

// commenting are the flags of comment.
type commenting struct {
	repo, file, tokenFile, as string
	pr                        int
	single                    bool
}

func (c *cli) commentCommand() *cobra.Command {
	var o commenting
	cmd := &cobra.Command{
		Use:   "comment",
		Short: "Puts the plan on a pull request of GitHub",
		Long: `comment reads the Markdown of plan --format markdown from standard input and makes
it a comment on a pull request: it edits the one of the last run, which it knows by
the hidden first line, or posts a new one. It touches no comment that the token's
own user has not written.

In GitHub Actions the repository, the pull request and the API are known by
GITHUB_REPOSITORY, GITHUB_EVENT_PATH or GITHUB_REF, and GITHUB_API_URL (also that of
GitHub Enterprise). On workflow_run it asks GitHub which open pull request has the
commit of the run before as its newest. The token is read from GITHUB_TOKEN, or from
the file of --token-file; it needs to write pull requests. On a pull request from a
fork the token of a workflow cannot.

In a pipe the exit code of plan is lost, unless the shell has set -o pipefail: then
a failed test leaves the check green. Write the plan into a file instead.`,
		Example: `  reconciler plan --format markdown > plan.md || failed=yes
  reconciler comment --single --file plan.md && test -z "$failed"`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.comment(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.repo, "repo", "", "the repository, `OWNER/NAME` (default that of GITHUB_REPOSITORY)")
	f.IntVar(&o.pr, "pr", 0, "the `NUMBER` of the pull request (default that of the event)")
	f.StringVar(&o.file, "file", "", "read the Markdown from `FILE` (default standard input)")
	f.StringVar(&o.tokenFile, "token-file", "", "read the token from `FILE` (default that of GITHUB_TOKEN)")
	f.StringVar(&o.as, "as", "", "the `LOGIN` that the token writes as, where it cannot ask: my-app[bot] for an app's (default github-actions[bot] in a workflow)")
	f.BoolVar(&o.single, "single", false, "one comment a pull request: replace the last one even where it was of other payers")
	return cmd
}

func (c *cli) comment(ctx context.Context, o commenting) error {
	to := comment.Options{API: os.Getenv("GITHUB_API_URL"), PR: o.pr, As: o.as, Actions: os.Getenv("GITHUB_ACTIONS") == "true", Single: o.single, Say: c.say}
	repo := o.repo
	if repo == "" {
		repo = os.Getenv("GITHUB_REPOSITORY")
	}
	if to.Owner, to.Repo = splitRepo(repo); to.Repo == "" {
		return hinted{fmt.Errorf("%q is no repository: it has the form OWNER/NAME", repo), "--repo OWNER/NAME, or GITHUB_REPOSITORY"}
	}
	of, err := pullRequest(os.Getenv("GITHUB_EVENT_PATH"), os.Getenv("GITHUB_REF"))
	switch {
	case o.pr < 0:
		return hinted{fmt.Errorf("--pr %d is no number of a pull request", o.pr), "a number from 1 on"}
	case o.pr == 0 && err != nil:
		return err
	case o.pr == 0 && of.number == 0 && of.head.SHA == "":
		return hinted{errors.New("the pull request is not known"),
			"--pr NUMBER; a workflow on pull_request knows it by its event, one on workflow_run by the commit of the run before"}
	case o.pr == 0:
		to.PR = of.number
	}
	if to.Token, err = commentToken(o.tokenFile); err != nil {
		return err
	}
	text, err := c.markdown(o.file)
	if err != nil {
		return err
	}
	if to.PR == 0 {
		if to.PR, err = comment.Find(ctx, of.head, to); err != nil {
			return hintAtGitHub(fmt.Errorf("find the pull request in %s: %w", repo, err), false)
		}
	}
	done, err := comment.Put(ctx, text, to)
	if err != nil {
		return hintAtGitHub(fmt.Errorf("comment on %s#%d: %w", repo, to.PR, err), of.fork)
	}
	if done.Author != "" && !strings.EqualFold(done.Author, done.Guessed) {
		c.say("warning: the comment is of %s, not of %s: say --as %q, so that the next run finds it", done.Author, done.Guessed, done.Author)
	}
	_, err = fmt.Fprintf(c.stdout, "%s %s\n", done.Done, report.Clean(done.URL))
	return err
}

// hintAtGitHub says what to do about an error of GitHub, where that is known.
func hintAtGitHub(err error, fork bool) error {
	if hint := comment.Hint(err, fork); hint != "" {
		return hinted{err, hint}
	}
	return err
}

var repoName = regexp.MustCompile(`^[A-Za-z0-9_-]+/[A-Za-z0-9._-]+$`)

func splitRepo(repo string) (owner, name string) {
	if !repoName.MatchString(repo) {
		return "", ""
	}
	owner, name, _ = strings.Cut(repo, "/")
	return owner, name
}

// markdown reads what is to be the comment.
func (c *cli) markdown(file string) (string, error) {
	from := c.stdin
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return "", fmt.Errorf("read comment: %w", err)
		}
		defer f.Close()
		from = f
	}
	b, err := io.ReadAll(io.LimitReader(from, maxComment))
	if err != nil {
		return "", fmt.Errorf("read comment: %w", err)
	}
	if len(strings.TrimSpace(string(b))) == 0 {
		return "", hinted{errors.New("there is nothing to comment"), "reconciler plan --format markdown > FILE, then reconciler comment --file FILE; where plan failed it printed nothing"}
	}
	return string(b), nil
}

// commentToken reads the token.
func commentToken(file string) (string, error) {
	token := os.Getenv("GITHUB_TOKEN")
	if file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("read token: %w", err)
		}
		token = string(b)
	}
	token = strings.TrimSpace(token)
	switch {
	case token == "":
		return "", hinted{errors.New("there is no token"), "GITHUB_TOKEN in the environment (env: {GITHUB_TOKEN: ${{ github.token }}} in a workflow), or --token-file"}
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", errors.New("the token has a character that no token has")
	}
	return token, nil
}

var pullRef = regexp.MustCompile(`^refs/pull/([0-9]{1,9})/`)

// subject is the pull request that a workflow's event is about: its number, or
// the head by which it is found; neither where there is none.
type subject struct {
	number int
	fork   bool // it comes from a fork
	head   comment.Head
}

// pullRequest reads a workflow's event.
func pullRequest(path, ref string) (subject, error) {
	if path != "" {
		b, err := os.ReadFile(path)
		if err != nil {
			return subject{}, fmt.Errorf("read event: %w", err)
		}
		var e event
		if err := json.Unmarshal(b, &e); err != nil {
			return subject{}, fmt.Errorf("read event %s: %w", path, err)
		}
		if of := e.subject(); of != (subject{}) {
			return of, nil
		}
	}
	m := pullRef.FindStringSubmatch(ref)
	if m == nil {
		return subject{}, nil
	}
	number, err := strconv.Atoi(m[1])
	return subject{number: number}, err
}

// event is what is read of the event that a workflow runs for.
type event struct {
	PullRequest *struct {
		Number     int
		Head, Base struct{ Repo fullName }
	} `json:"pull_request"`
	Issue struct {
		Number      int
		PullRequest *struct{} `json:"pull_request"`
	}
	// WorkflowRun is the run before; its list of pull requests is empty for forks,
	// and does not say whether the run was of their newest commit.
	WorkflowRun struct {
		HeadSHA        string   `json:"head_sha"`
		HeadBranch     string   `json:"head_branch"`
		HeadRepository fullName `json:"head_repository"`
	} `json:"workflow_run"`
}

type fullName struct {
	FullName string `json:"full_name"`
}

func (e *event) subject() subject {
	switch run := e.WorkflowRun; {
	case e.PullRequest != nil:
		return subject{number: e.PullRequest.Number, fork: e.PullRequest.Head.Repo != e.PullRequest.Base.Repo}
	case e.Issue.PullRequest != nil:
		return subject{number: e.Issue.Number}
	case run.HeadSHA != "" && run.HeadBranch != "" && run.HeadRepository.FullName != "":
		return subject{head: comment.Head{Repo: run.HeadRepository.FullName, Branch: run.HeadBranch, SHA: run.HeadSHA}}
	}
	return subject{}
}
