// Package comment keeps one comment of ours on a pull request of GitHub: what
// the last run said.
//
// [Put] comes first; where the pull request is not known, [Find] finds it. The
// comment is found by its marker, the first line of its
// text, among those that the token's own user has written; nobody else's is ever
// touched, whatever it quotes.
package comment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/go-github/v84/github"
)

// MaxBody is how many characters a comment of GitHub may have.
const MaxBody = 65536

// markerStart is what every marker of ours begins with, and markerEnd what it
// ends with.
const markerStart, markerEnd = "<!-- reconciler: ", " -->"

// actionsBot is who a workflow's own token writes as. Such a token may not ask.
const actionsBot = "github-actions[bot]"

// Options say where the comment stands, and who writes it.
type Options struct {
	API   string // the base of the REST API, "" is that of github.com
	Token string // never in an error
	Owner string
	Repo  string
	PR    int
	// As is the login that the token writes as, "" where the API is to be asked.
	// A token of an app cannot ask.
	As string
	// Actions says that the token may be a workflow's own.
	Actions bool
	// Single replaces the last comment of any set of payers, not only of the same.
	Single bool

	HTTP  *http.Client                               // nil: one with a timeout; redirects to other hosts are never followed
	Sleep func(context.Context, time.Duration) error // nil: the clock
	Say   func(format string, args ...any)           // told of waits; nil: nobody is
}

// Result is what was done.
type Result struct {
	URL     string
	Done    string // posted, updated or unchanged
	Author  string // who wrote it
	Guessed string // whom we took ourselves for; where it is not Author, the next run will not find the comment
}

// Put makes text the comment of its marker: it edits the one that is there, or
// posts it. Of several, such as two runs post at the same time, the first stays.
func Put(ctx context.Context, text string, o Options) (Result, error) {
	marker, err := markerOf(text)
	if err != nil {
		return Result{}, err
	}
	if n := utf8.RuneCountInString(text); n > MaxBody {
		return Result{}, fmt.Errorf("the comment has %d characters, GitHub takes %d", n, MaxBody)
	}
	client, err := newClient(o)
	if err != nil {
		return Result{}, err
	}
	p := &putter{Options: o, client: client, marker: marker, text: text}
	r, err := persist(ctx, o, p.put)
	return r, o.scrub(err)
}

// markerOf gives the first line of a text, which must be a marker.
func markerOf(text string) (string, error) {
	line := firstLine(text)
	if !strings.HasPrefix(line, markerStart) || !strings.HasSuffix(line, markerEnd) {
		return "", errors.New("the comment does not begin with the hidden line that plan --format markdown writes; without it the next run could not find it")
	}
	return line, nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return strings.TrimSuffix(line, "\r")
}

// putter puts one comment.
type putter struct {
	Options
	client       *github.Client
	marker, text string
	me           string
}

// put is one try. Where it fails on the way, another may follow: it begins with
// what is there by then, so that nothing is posted twice.
func (p *putter) put(ctx context.Context) (Result, error) {
	if err := p.whoami(ctx); err != nil {
		return Result{}, err
	}
	ours, err := p.ours(ctx)
	if err != nil {
		return Result{}, err
	}
	if len(ours) > 0 {
		return p.keepFirst(ctx, ours)
	}
	posted, _, err := p.client.Issues.CreateComment(ctx, p.Owner, p.Repo, p.PR, &github.IssueComment{Body: &p.text})
	if err != nil {
		return Result{}, fmt.Errorf("post comment: %w", err)
	}
	r := Result{URL: posted.GetHTMLURL(), Done: "posted", Author: posted.GetUser().GetLogin(), Guessed: p.me}
	if ours, err = p.ours(ctx); err != nil || len(ours) < 2 || ours[0].GetID() == posted.GetID() {
		return r, nil // it is there; that another may be there too is the next run's to see
	}
	return p.keepFirst(ctx, ours)
}

// keepFirst edits the first of our comments and removes the others.
func (p *putter) keepFirst(ctx context.Context, ours []*github.IssueComment) (Result, error) {
	first := ours[0]
	r := Result{URL: first.GetHTMLURL(), Done: "unchanged", Author: first.GetUser().GetLogin(), Guessed: p.me}
	if !same(first.GetBody(), p.text) {
		edited, _, err := p.client.Issues.EditComment(ctx, p.Owner, p.Repo, first.GetID(), &github.IssueComment{Body: &p.text})
		if err != nil {
			return Result{}, fmt.Errorf("edit comment: %w", gone(err))
		}
		r.Done, r.URL = "updated", edited.GetHTMLURL()
	}
	for _, c := range ours[1:] {
		if _, err := p.client.Issues.DeleteComment(ctx, p.Owner, p.Repo, c.GetID()); err != nil && status(err) != http.StatusNotFound {
			return Result{}, fmt.Errorf("delete a second comment of the same payers: %w", err)
		}
	}
	return r, nil
}

// same compares texts as GitHub keeps them.
func same(a, b string) bool {
	plain := func(s string) string { return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n")) }
	return plain(a) == plain(b)
}

// whoami finds out whose comments are ours.
func (p *putter) whoami(ctx context.Context) error {
	if p.me != "" {
		return nil
	}
	if p.me = p.As; p.me != "" {
		return nil
	}
	u, _, err := p.client.Users.Get(ctx, "")
	switch {
	case err == nil:
		p.me = u.GetLogin()
		return nil
	case status(err) == http.StatusForbidden && !limited(err) && p.Actions:
		p.me = actionsBot
		return nil
	case status(err) == http.StatusForbidden && !limited(err):
		return &whoError{err}
	}
	return fmt.Errorf("ask who the token writes as: %w", err)
}

// ours lists the comments that we have written and that bear the marker, the
// oldest first.
func (p *putter) ours(ctx context.Context) ([]*github.IssueComment, error) {
	var ours []*github.IssueComment
	o := &github.IssueListCommentsOptions{ListOptions: github.ListOptions{PerPage: 100}}
	for {
		page, answer, err := p.client.Issues.ListComments(ctx, p.Owner, p.Repo, p.PR, o)
		if err != nil {
			return nil, fmt.Errorf("list comments: %w", err)
		}
		for _, c := range page {
			line := firstLine(c.GetBody())
			if strings.EqualFold(c.GetUser().GetLogin(), p.me) && (line == p.marker || p.Single && isMarker(line)) {
				ours = append(ours, c)
			}
		}
		if answer.NextPage == 0 {
			break
		}
		o.Page = answer.NextPage
	}
	slices.SortFunc(ours, func(a, b *github.IssueComment) int { return cmp.Compare(a.GetID(), b.GetID()) })
	return ours, nil
}

func isMarker(line string) bool {
	return strings.HasPrefix(line, markerStart+"payers=") && strings.HasSuffix(line, markerEnd)
}
