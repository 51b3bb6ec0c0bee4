package executor

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kind"
	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
)

// door lets every session in: account 111122223333, without an organization.
type door struct{}

func (door) Do(q *http.Request) (*http.Response, error) {
	a := &http.Response{StatusCode: 200, Header: http.Header{}, Request: q}
	body := `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::111122223333:user/test</Arn><UserId>A</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`
	if q.Header.Get("X-Amz-Target") != "" {
		a.StatusCode = 400
		a.Header.Set("Content-Type", "application/x-amz-json-1.1")
		body = `{"__type":"AWSOrganizationsNotInUseException","Message":"none"}`
	}
	a.Body = io.NopCloser(strings.NewReader(body))
	return a, nil
}

// session is one of payer acme; rate is "aws" or "none".
func session(t testing.TB, rate string) *cloud.Session { return audited(t, rate, nil) }

// audited is a session that tells of its writes.
func audited(t testing.TB, rate string, audit func(cloud.Write)) *cloud.Session {
	t.Helper()
	s, err := cloud.Open(context.Background(), cloud.Options{
		Payer: "acme", AccountID: "111122223333", APIRate: rate, HTTPClient: door{}, Audit: audit,
		Credentials: aws.CredentialsProvider(credentials.NewStaticCredentialsProvider("AKIATEST", "secret", "")),
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fake is the world of the fake kinds: what they were asked to do, and how many
// at once. Every write takes a second, unless does says otherwise.
type fake struct {
	mu        sync.Mutex
	calls     []string
	now, most map[string]int // by kind
	atOnce    int
	mostEver  int
	wants     map[resource.Ref]resource.Object
	does      func(ctx context.Context, op planner.Op, ref resource.Ref, token string) (map[string]string, error)
	owner     func(resource.Ref) (string, error)
}

func newFake() *fake {
	return &fake{now: map[string]int{}, most: map[string]int{}, wants: map[resource.Ref]resource.Object{}}
}

func (f *fake) write(ctx context.Context, op planner.Op, o resource.Object, token string) (map[string]string, error) {
	k := o.Ref.Kind
	f.mu.Lock()
	f.calls = append(f.calls, string(op)+" "+o.Ref.String())
	f.wants[o.Ref] = o
	f.now[k]++
	f.atOnce++
	f.most[k] = max(f.most[k], f.now[k])
	f.mostEver = max(f.mostEver, f.atOnce)
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.now[k]--
		f.atOnce--
	}()
	if f.does != nil {
		return f.does(ctx, op, o.Ref, token)
	}
	time.Sleep(time.Second)
	return map[string]string{"id": "id-" + o.Ref.Name}, nil
}

// kind is a kind of the fake world that can do everything.
func (f *fake) kind(name string, l kind.Lane) *kind.Kind {
	return &kind.Kind{
		Name: name, Lane: l, Marked: true,
		Create: func(ctx context.Context, _ *cloud.Session, want resource.Object) (map[string]string, error) {
			return f.write(ctx, planner.Create, want, "")
		},
		Update: func(ctx context.Context, _ *cloud.Session, _, want resource.Object) (map[string]string, error) {
			return f.write(ctx, planner.Update, want, "")
		},
		Delete: func(ctx context.Context, _ *cloud.Session, have resource.Object) error {
			_, err := f.write(ctx, planner.Delete, have, "")
			return err
		},
		Resume: func(ctx context.Context, _ *cloud.Session, want resource.Object, token string) (map[string]string, error) {
			return f.write(ctx, planner.Resume, want, token)
		},
		Confirm: func(_ context.Context, _ *cloud.Session, have resource.Object) (resource.Object, error) {
			f.mu.Lock()
			f.calls = append(f.calls, "confirm "+have.Ref.String())
			f.mu.Unlock()
			have.Owner, have.OwnerRead = "acme", true
			var err error
			if f.owner != nil {
				have.Owner, err = f.owner(have.Ref)
			}
			return have, err
		},
	}
}

// change is one of kind "a", or of the kind that the name says: b/x.
func change(op planner.Op, name string, needs ...int) planner.Change {
	ref := resource.Ref{Kind: "a", Name: name}
	if strings.Contains(name, "/") {
		ref, _ = resource.ParseRef(name)
	}
	c := planner.Change{Op: op, Ref: ref, Needs: needs}
	if op != planner.Create {
		c.Have = &resource.Object{Ref: ref, Outputs: map[string]string{"id": "live-" + ref.Name}}
	}
	if op != planner.Delete {
		c.Want = &resource.Object{Ref: ref}
	}
	return c
}

func plan(cs ...planner.Change) *planner.Plan { return &planner.Plan{Changes: cs} }

// many are n creates of a kind that need nothing.
func many(n int, kindName string) *planner.Plan {
	p := &planner.Plan{}
	for i := range n {
		p.Changes = append(p.Changes, change(planner.Create, fmt.Sprintf("%s/%d", kindName, i)))
	}
	return p
}

// outcomes are the lines "ref outcome: error" of a result.
func outcomes(p *planner.Plan, r *Result) []string {
	var lines []string
	for i, o := range r.Outcomes {
		line := p.Changes[i].Ref.String() + " " + string(o)
		if r.Errs[i] != nil {
			line += ": " + r.Errs[i].Error()
		}
		lines = append(lines, line)
	}
	return lines
}
