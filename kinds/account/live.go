package account

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/kinds/ou"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// live reads every account with its place, then finds out what became of the
// wanted ones that are not there.
func live(ctx context.Context, s *cloud.Session, p *spec.Payer, read *resource.State) ([]resource.Object, error) {
	org, ok := orgs.Organization(read)
	if !ok {
		return nil, nil
	}
	r := newReader(s, p, read, org)
	if err := r.list(ctx); err != nil {
		return nil, err
	}
	if _, ok := r.byID[s.AccountID()]; !ok {
		return nil, fmt.Errorf("AWS lists %d accounts, and the management account %s is not among them: this read is not trusted; plan again",
			len(r.objects), s.AccountID())
	}
	if p == nil {
		return r.objects, nil
	}
	if err := r.addTags(ctx); err != nil {
		return nil, err
	}
	if err := r.lookForMissing(ctx); err != nil {
		return nil, err
	}
	if err := r.readSurplus(ctx); err != nil {
		return nil, err
	}
	return r.objects, nil
}

// reader holds one read of the accounts.
type reader struct {
	s      *cloud.Session
	p      *spec.Payer
	rootID string
	nodes  map[string]node           // by id: the root and every unit
	home   map[string][]resource.Ref // by node id: the unit an account hangs on
	under  map[string][]resource.Ref // by node id: the attachments that guard it
	known  map[string]bool           // ids in the CSVs: their creation has ended

	objects []resource.Object
	byRef   map[resource.Ref]int
	byID    map[string]int
}

// node is a place where an account can be.
type node struct{ ref, path string }

func newReader(s *cloud.Session, p *spec.Payer, read *resource.State, org resource.Object) *reader {
	n := 1 // the management account, and in most passes those that are wanted
	if p != nil {
		n += count(p)
	}
	r := &reader{s: s, p: p, rootID: org.Outputs["rootId"], objects: make([]resource.Object, 0, n), byRef: make(map[resource.Ref]int, n), byID: make(map[string]int, n),
		home: map[string][]resource.Ref{}, under: map[string][]resource.Ref{}, known: map[string]bool{}}
	r.nodes = map[string]node{r.rootID: {spec.RootRef.String(), org.Outputs["rootPath"]}}
	for u := range read.Kind("ou") {
		r.nodes[u.ID()] = node{u.Ref.String(), u.Outputs["path"]}
	}
	r.place(read)
	if p != nil {
		for _, id := range p.Run.KnownIDs {
			r.known[id] = true
		}
	}
	return r
}

// place notes what guards an account in each place: what the file's policies
// attach there and above. Accounts of one place share the lists.
func (r *reader) place(read *resource.State) {
	byNode := map[string][]resource.Ref{}
	if r.p != nil {
		byNode = attachmentsByNode(r.p)
	}
	r.under[r.rootID] = byNode[""]
	for u := range read.Kind("ou") {
		var refs []resource.Ref
		for at := u.Ref.Name; ; at = resource.ParentPath(at) {
			refs = append(refs, byNode[at]...)
			if at == "" {
				break
			}
		}
		r.home[u.ID()], r.under[u.ID()] = []resource.Ref{u.Ref}, refs
	}
}

// attachmentsByNode gives every pair of a declared policy and a declared node,
// by the node's path: those that exist hold the accounts below them.
func attachmentsByNode(p *spec.Payer) map[string][]resource.Ref {
	byNode := map[string][]resource.Ref{}
	add := func(path string) {
		for _, w := range p.Policies {
			byNode[path] = append(byNode[path], spec.AttachmentRef(w.Ref(), ou.Ref(path)))
		}
	}
	add("")
	for o := range p.AllOUs() {
		add(o.Path)
	}
	return byNode
}

// list reads placement from ListAccounts, or where its first page has no
// Paths, from one walk over the units.
func (r *reader) list(ctx context.Context) error {
	walk := false
	err := orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
		page, err := r.s.Organizations().ListAccounts(ctx, &organizations.ListAccountsInput{NextToken: token})
		if err != nil {
			return nil, err
		}
		for _, a := range page.Accounts {
			parent, ok := parentInPaths(a)
			if !ok {
				walk = true
				return nil, nil
			}
			if err := r.add(a, parent); err != nil {
				return nil, err
			}
		}
		return page.NextToken, nil
	})
	if err != nil {
		return fmt.Errorf("list accounts: %w", err)
	}
	if walk {
		return r.walk(ctx)
	}
	return nil
}

// parentInPaths takes the id of the parent out of o-…/r-…/ou-…/123456789012/.
func parentInPaths(a types.Account) (string, bool) {
	if len(a.Paths) == 0 {
		return "", false
	}
	parts := strings.Split(strings.Trim(a.Paths[0], "/"), "/")
	if len(parts) < 3 {
		return "", false
	}
	return parts[len(parts)-2], true
}

// walk lists the accounts of every place on its own.
func (r *reader) walk(ctx context.Context) error {
	r.objects, r.byRef, r.byID = nil, map[resource.Ref]int{}, map[string]int{}
	var ids []string
	for id := range r.nodes {
		ids = append(ids, id)
	}
	lists := make([][]types.Account, len(ids))
	err := orgs.Each(ctx, ids, func(ctx context.Context, i int, id string) error {
		return orgs.Pages(ctx, func(ctx context.Context, token *string) (*string, error) {
			page, err := r.s.Organizations().ListAccountsForParent(ctx,
				&organizations.ListAccountsForParentInput{ParentId: aws.String(id), NextToken: token})
			if err != nil {
				return nil, err
			}
			lists[i] = append(lists[i], page.Accounts...)
			return page.NextToken, nil
		})
	})
	if err != nil {
		return fmt.Errorf("list accounts of every unit: %w", err)
	}
	for i, list := range lists {
		for _, a := range list {
			if err := r.add(a, ids[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// add takes in one account that AWS lists under a parent.
func (r *reader) add(a types.Account, parent string) error {
	id, email, state := aws.ToString(a.Id), aws.ToString(a.Email), accountState(a)
	ref := spec.AccountRef(email)
	if i, ok := r.byRef[ref]; ok {
		if r.objects[i].ID() == id {
			return nil // moved while the list was read: seen on two pages
		}
		return fmt.Errorf("%s is there twice: %s and %s", ref, r.objects[i].ID(), id)
	}
	at, ok := r.nodes[parent]
	if !ok {
		at = node{ref: parent} // a unit younger than the list of units
	}
	facts := map[string]string{resource.FactName: aws.ToString(a.Name), resource.FactState: state}
	if joined := joinedText(a.JoinedTimestamp); joined != "" {
		facts[resource.FactJoined] = joined
	}
	if id == r.s.AccountID() {
		facts[resource.FactSystem] = "true"
		facts[resource.FactBlocked] = "it is the management account of the organization, which is no member to move or to hand out"
	}
	attrs := resource.Attrs{"name": resource.Lit(aws.ToString(a.Name)),
		"email": resource.Lit(strings.ToLower(email)), "ou": resource.Lit(at.ref)}
	if closed(state) {
		attrs["state"] = resource.Lit(state)
	}
	if parent == r.rootID && r.known[id] {
		facts[factListed] = "true"
	}
	r.byRef[ref], r.byID[id] = len(r.objects), len(r.objects)
	r.objects = append(r.objects, resource.Object{
		Ref: ref, Attrs: attrs, Facts: facts, After: r.home[parent], Under: r.under[parent],
		Outputs: map[string]string{"id": id, "arn": aws.ToString(a.Arn), "email": email, "parent": parent, "path": at.path + id + "/"},
	})
	return nil
}

// factListed is on an account in the root that a CSV names: it was in its unit
// before, so its creation has ended.
const factListed = "listed"

// joinedText is a time in RFC 3339, whole seconds, UTC; "" for none.
func joinedText(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// accountState is State, or Status where an endpoint gives only that.
func accountState(a types.Account) string {
	if a.State != "" {
		return string(a.State)
	}
	return string(a.Status)
}
