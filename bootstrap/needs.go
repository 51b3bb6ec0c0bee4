package bootstrap

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/spec"
)

// Options say who runs the tool.
type Options struct {
	// Trust is the ARN of the role or user that assumes the role, or the id of
	// its account. Empty: whoever creates the template says so.
	Trust string
}

// Needs are what the tool needs in one payer.
type Needs struct {
	Payer      string
	AccountID  string
	Partition  string
	Role       string // the role's name: that of access.roleArn, else reconciler
	Path       string // the role's path
	ExternalID string // of access; "" where the file has none
	Trust      string
	Plan       Policy // reads
	Apply      Policy // writes
	// MemberRoles are the roles by which members are entered, sorted; empty
	// where the file has no direct member roles.
	MemberRoles []string
	// Lease are the objects of the lease and of the pause beside it, as ARNs;
	// empty where the file names no lease.
	Lease []string
}

// Policy is a customer-managed policy with its document.
type Policy struct {
	Name, Description string
	Statements        []Statement
}

// Statement is one statement of a policy.
type Statement struct {
	Sid      string
	Effect   string
	Action   []string
	Resource []string
}

// For says what the tool needs in a payer.
func For(p *spec.Payer, o Options) Needs {
	n := Needs{
		Payer: p.Name, AccountID: p.AccountID, Partition: p.Partition(), Trust: o.Trust,
		Role: "reconciler", Path: "/", MemberRoles: entered(p),
	}
	if p.Access != nil {
		n.ExternalID = p.Access.ExternalID
		if _, path, ok := strings.Cut(p.Access.RoleARN, ":role/"); ok {
			cut := strings.LastIndexByte(path, '/') + 1
			n.Path, n.Role = "/"+path[:cut], path[cut:]
		}
	}
	if l := p.Lease; l != nil {
		object := "arn:" + n.Partition + ":s3:::" + l.Bucket + "/" + l.Key
		n.Lease = []string{object, object + ".pause"}
	}
	n.Plan = Policy{
		Name: n.Role + "-plan", Description: "What reconciler reads",
		Statements: n.statements("Plan", func(r Row) bool { return !r.Write }),
	}
	n.Apply = Policy{
		Name: n.Role + "-apply", Description: "What reconciler changes",
		Statements: n.statements("Apply", func(r Row) bool { return r.Write }),
	}
	return n
}

// entered lists the roles by which the members are entered that get a member
// role directly.
func entered(p *spec.Payer) []string {
	var names []string
	for _, r := range p.MemberRoles {
		for _, a := range r.Accounts {
			if a.MemberRole != "" {
				names = append(names, a.MemberRole)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// statements puts the actions of rows into statements, one for each kind of
// resource. What names no resource of its own has none: a statement without a
// resource would be "*".
func (n Needs) statements(sid string, fit func(Row) bool) []Statement {
	all := []Statement{{
		Sid: sid, Effect: "Allow", Resource: []string{"*"},
		Action: actions(func(r Row) bool { return fit(r) && r.Resource == "" }),
	}}
	var roles []string
	for _, r := range n.MemberRoles {
		roles = append(roles, fmt.Sprintf("arn:%s:iam::*:role/%s", n.Partition, r))
	}
	for _, own := range []struct {
		sid, rows string
		resources []string
	}{{"Members", memberRoles, roles}, {"Lease", leaseObject, n.Lease}} {
		may := actions(func(r Row) bool { return fit(r) && r.Resource == own.rows })
		if len(may) > 0 && len(own.resources) > 0 {
			all = append(all, Statement{Sid: sid + own.sid, Effect: "Allow", Action: may, Resource: own.resources})
		}
	}
	return all
}

// Document is the policy as JSON, minified.
func (p Policy) Document() string {
	return encode(map[string]any{"Version": "2012-10-17", "Statement": p.Statements})
}

// TrustPolicy is the role's trust policy, as JSON.
func (n Needs) TrustPolicy() string {
	s := map[string]any{
		"Effect": "Allow", "Action": "sts:AssumeRole",
		"Principal": map[string]string{"AWS": n.principal()},
	}
	if n.ExternalID != "" {
		s["Condition"] = map[string]any{"StringEquals": map[string]string{"sts:ExternalId": n.ExternalID}}
	}
	return encode(map[string]any{"Version": "2012-10-17", "Statement": []any{s}})
}

// principal is who is trusted, as an ARN.
func (n Needs) principal() string {
	if strings.HasPrefix(n.Trust, "arn:") {
		return n.Trust
	}
	return "arn:" + n.Partition + ":iam::" + n.Trust + ":root"
}

// encode writes JSON without the escapes that only HTML needs. What it is given
// is texts and lists of them, which cannot fail.
func encode(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("bootstrap: encode: " + err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}
