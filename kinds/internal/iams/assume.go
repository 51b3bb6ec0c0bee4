package iams

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// A policy of assume lets into one account, and an account may wait for a quota,
// be blocked, or fail. So a user or group holds those of the accounts that are
// there when the plan is made. Each of the others is a part: an object of its own
// that is made once its account is, in the same apply where that goes well. It is
// there only while its account is not: by the next plan the holder has it.

// The inputs of a part: what to put where.
const (
	partHolder = "holder" // the name of the user or group
	partPolicy = "policy" // the name of an inline policy
	partARN    = "arn"    // of a policy to attach
)

// document is the attribute and the input of a part that puts an inline policy.
const document = "document"

// There says that AWS has an account of the file, under the file's own address.
// One of the wanted name under another address is blocked: nobody is let in
// there, and who is let in already stays.
func There(a *spec.Account, read *resource.State) bool {
	have, ok := read.Get(a.Ref())
	if !ok || have.ID() == "" || have.Facts[resource.FactAbsent] != "" {
		return false
	}
	email, told := have.Attrs["email"]
	return !told || spec.AccountRef(email.Value()) == a.Ref()
}

// AllThere gives the ARNs of the roles whose accounts are there, or that a
// document names already, and whether that is all of them.
func AllThere(roles []spec.AssumedRole, held string, read *resource.State) (arns []resource.Text, all bool) {
	for _, r := range roles {
		arn := r.ARN.Resolve(read.Output)
		s, known := arn.Known()
		if There(r.Account, read) || known && strings.Contains(held, `"`+s+`"`) {
			arns = append(arns, arn)
		}
	}
	return arns, len(arns) == len(roles)
}

// later says of a managed policy that no account is there that it could name, so
// that it waits for all of them.
func later(m spec.ManagedPolicy, read *resource.State) bool {
	arns, _ := AllThere(m.Assumes, "", read)
	return m.Assumes != nil && len(arns) == 0
}

// Part begins an object that is a part of another and comes after it.
func Part(of resource.Object, name string) resource.Object {
	return resource.Object{
		Ref: resource.Ref{Kind: of.Ref.Kind, Name: of.Ref.Name + "/" + resource.Escape(name)}, Origin: of.Origin,
		Attrs: resource.Attrs{}, Inputs: resource.Attrs{}, Facts: map[string]string{}, After: []resource.Ref{of.Ref},
	}
}

// Parts are the policies of assume that wait for accounts, for the user or group
// of [Wants]. One in whose place another policy stands is blocked: nobody would
// see what it puts away.
func Parts(holder resource.Object, w spec.Policies, have resource.Object, read *resource.State) ([]resource.Object, error) {
	var parts []resource.Object
	for _, p := range w.Inline {
		if p.Account == nil || There(p.Account, read) {
			continue
		}
		o := Part(holder, p.Name)
		o.Inputs[partHolder], o.Inputs[partPolicy] = holder.Inputs["name"], resource.Lit(p.Name)
		if a := p.Account; a.Pool != "" {
			o.Facts[resource.FactPool], o.Facts[resource.FactID] = a.Pool, a.ID
			o.Facts[resource.FactName] = holder.Inputs["name"].Value() + "/" + spec.AssumePrefix(p.Assumes) + "…"
		}
		if err := Document(&o, document, p.Document, read); err != nil {
			return nil, err
		}
		key := Inline + p.Name
		if v, taken := have.Attrs[key]; taken && !outlived(holder.Inputs["name"].Value(), key, v.Value(), read) {
			o.Facts[resource.FactBlocked] = "another policy of this name is there, which assume has not made"
		}
		parts = append(parts, o)
	}
	for _, m := range w.Managed {
		arn, _ := m.ARN.Resolve(read.Output).Known()
		if _, attached := have.Attrs[Managed+arn]; !attached && later(m, read) {
			o := Part(holder, resource.Unescape(m.ARN.Refs()[0].Name))
			o.Inputs[partHolder], o.Inputs[partARN] = holder.Inputs["name"], m.ARN
			o.Attrs[partPolicy] = resource.Lit(Attached)
			parts = append(parts, o)
		}
	}
	return parts, nil
}

// IsPart says that a wanted object is one of [Parts].
func IsPart(want resource.Object) bool {
	_, ok := want.Inputs[partHolder]
	return ok
}

// Add makes one of [Parts].
func (c Calls) Add(ctx context.Context, s *cloud.Session, want resource.Object) (map[string]string, error) {
	key := Managed
	o := resource.Object{Inputs: resource.Attrs{}}
	if policy, inline := want.Inputs[partPolicy]; inline {
		key = Inline + policy.Value()
		o.Inputs[key] = want.Inputs[document]
	} else {
		o.Inputs[key] = want.Inputs[partARN]
	}
	return map[string]string{}, c.grant(ctx, s, want.Inputs[partHolder].Value(), key, o)
}

// outlived says that a policy that a user or group holds was made by assume, by
// its attribute: it lets assume one role in accounts of the organization, and
// nothing else, and has the name that assume would give it; a managed one bears
// the mark, too. Anything else was made by others. value is that of the attribute.
func outlived(holder, key, value string, read *resource.State) bool {
	if name, ok := strings.CutPrefix(key, Inline); ok {
		role, in := assumed(value)
		return in.org == "" && len(in.accounts) == 1 && member(in.accounts[0], read, func(account string) bool {
			return name == spec.AssumeInline(role, account)
		})
	}
	arn, ok := strings.CutPrefix(key, Managed)
	if !ok {
		return false
	}
	ref, ours := policyRef(arn)
	policy, live := read.Get(ref)
	if !ours || !live || policy.Owner == "" {
		return false
	}
	role, in := assumed(policy.Attrs[document].Value())
	if len(in.accounts) == 0 || PolicyName(arn) != spec.AssumePolicy(holder, role) {
		return false
	}
	if id, _ := read.Output(spec.OrganizationRef, "id"); in.org != "" {
		return in.org == id
	}
	return !slices.ContainsFunc(in.accounts, func(id string) bool {
		return !member(id, read, func(string) bool { return true })
	})
}

// member says that the organization has an account of an id, in whatever state,
// and of a name that will do.
func member(id string, read *resource.State, named func(name string) bool) bool {
	for a := range read.Kind("account") {
		if a.ID() == id {
			return named(a.Attrs["name"].Value())
		}
	}
	return false
}

// where is what a policy of assume lets into: accounts by their ids, or any of an
// organization.
type where struct {
	accounts []string
	org      string // the id of the organization; "" where the policy says none
}

// assumed reads a document, in its canonical form, that does nothing but let
// assume one role somewhere. Of any other it gives no accounts.
func assumed(canonical string) (role string, in where) {
	var read struct {
		Version   string
		Statement []struct {
			Effect, Action string
			Resource       any
			Condition      map[string]map[string]string
		}
	}
	d := json.NewDecoder(strings.NewReader(canonical))
	d.DisallowUnknownFields()
	if d.Decode(&read) != nil || len(read.Statement) != 1 {
		return "", where{}
	}
	s := read.Statement[0]
	org, bound := s.Condition["StringEquals"]["aws:resourceorgid"]
	if s.Effect != "Allow" || s.Action != "sts:assumerole" || s.Condition != nil && (!bound || len(s.Condition) > 1 || len(s.Condition["StringEquals"]) > 1) {
		return "", where{}
	}
	list, _ := s.Resource.([]any)
	if one, ok := s.Resource.(string); ok {
		list = []any{one}
	}
	in.org = org
	for i, v := range list {
		arn, _ := v.(string)
		parts := strings.SplitN(arn, ":", 6)
		name := PolicyName(arn)
		if len(parts) != 6 || parts[2] != "iam" || !strings.HasPrefix(parts[5], "role/") || i > 0 && name != role || (org != "") != (parts[4] == "*") {
			return "", where{}
		}
		role, in.accounts = name, append(in.accounts, parts[4])
	}
	return role, in
}
