package comment

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/go-github/v84/github"
)

// Head is the newest commit of a branch, as GitHub's own event tells it.
type Head struct {
	Repo   string // OWNER/NAME where the branch is; a fork's is another than that of the pull request
	Branch string
	SHA    string
}

// ErrMovedOn says that no open pull request has a head: it was closed, or its
// branch has newer commits.
var ErrMovedOn = errors.New("no open pull request has this as its newest commit")

// Find finds the open pull request of a repository that has a head. The workflow
// that comes after one of a fork is not told the number, and a number that the
// fork's run wrote down would be the fork's word. o.PR does not count.
func Find(ctx context.Context, h Head, o Options) (number int, err error) {
	client, err := newClient(o)
	if err != nil {
		return 0, err
	}
	number, err = persist(ctx, o, func(ctx context.Context) (int, error) { return find(ctx, client, h, o) })
	return number, o.scrub(err)
}

func find(ctx context.Context, client *github.Client, h Head, o Options) (int, error) {
	owner, _, _ := strings.Cut(h.Repo, "/")
	list := &github.PullRequestListOptions{State: "open", Head: owner + ":" + h.Branch, ListOptions: github.ListOptions{PerPage: 100}}
	var found []int
	for {
		page, answer, err := client.PullRequests.List(ctx, o.Owner, o.Repo, list)
		if err != nil {
			return 0, fmt.Errorf("list pull requests: %w", err)
		}
		for _, pr := range page { // GitHub leaves out a filter that it does not understand
			its := pr.GetHead()
			if strings.EqualFold(its.GetRepo().GetFullName(), h.Repo) && its.GetRef() == h.Branch && its.GetSHA() == h.SHA {
				found = append(found, pr.GetNumber())
			}
		}
		if answer.NextPage == 0 {
			break
		}
		list.Page = answer.NextPage
	}
	switch len(found) {
	case 0:
		return 0, fmt.Errorf("%w: %.8s of %s, branch %s", ErrMovedOn, h.SHA, h.Repo, h.Branch)
	case 1:
		return found[0], nil
	}
	return 0, fmt.Errorf("%d open pull requests have the branch %s of %s; --pr says which", len(found), h.Branch, h.Repo)
}
