package handoff

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// Input is a payer that was read and compared.
type Input struct {
	Payer *spec.Payer
	Plan  *planner.Plan
	Live  *resource.State
}

// New makes the form of what is handed over. A payer that uses no preset and
// hands over no role has no vendors in it.
func New(in Input) *Handoff {
	p := in.Payer
	h := &Handoff{FormatVersion: FormatVersion, Payer: p.Name, AccountID: p.AccountID, Commit: p.Run.Commit, Vendors: []Vendor{}}
	used := map[string]bool{} // the lines of the presets: what comes of one stands there
	for _, u := range p.Presets {
		used[u.Pos.String()] = true
		h.Vendors = append(h.Vendors, in.vendor(u))
	}
	if v, ok := in.others(used); ok {
		h.Vendors = append(h.Vendors, v)
	}
	for _, v := range h.Vendors {
		for _, l := range v.Checklist {
			h.Summary.count(l.State)
		}
	}
	return h
}

// vendor is the part of one preset.
func (in Input) vendor(u spec.PresetUse) Vendor {
	v := Vendor{Preset: u.Name, Description: u.Description}
	for _, f := range u.Form {
		value, unknown := in.known(f.Value)
		v.Form = append(v.Form, Value{Label: f.Label, Value: value, Unknown: unknown, Note: f.Note})
	}
	if m := u.Mail; m != nil {
		to, a := in.known(m.To)
		subject, b := in.known(m.Subject)
		body, c := in.known(m.Body)
		v.Mail = &Mail{To: to, Subject: subject, Body: body, Unknown: a || b || c}
	}
	for _, r := range u.Links {
		for _, role := range in.Payer.Roles {
			if role.Ref() == r {
				v.Links = append(v.Links, in.link(role)...)
			}
		}
	}
	for _, c := range u.Checks {
		v.Checklist = append(v.Checklist, in.check(c))
	}
	for _, s := range u.Steps {
		do, _ := in.known(s.Do)
		v.Checklist = append(v.Checklist, Line{State: ByHand, Title: s.Title, Do: do, URL: s.URL})
	}
	if u.Register != nil && u.Register.Embedded {
		v.Register = u.Register.Host
	}
	return v
}

// later stands for what is known only after an apply.
const later = "(known after apply)"

// known gives a text with what AWS has put in, and whether something in it is
// known only after an apply; that part reads "(known after apply)".
func (in Input) known(t resource.Text) (string, bool) {
	t = t.Resolve(in.Live.Output)
	if s, ok := t.Known(); ok {
		return s, false
	}
	return t.Resolve(func(resource.Ref, string) (string, bool) { return later, true }).Value(), true
}

// others are the roles and users that the file hands over beside its presets.
func (in Input) others(used map[string]bool) (Vendor, bool) {
	v := Vendor{Description: "Roles that the payer file hands over"}
	add := func(ref resource.Ref, name, what string) {
		value, unknown := in.known(resource.Output(ref, "arn"))
		v.Form = append(v.Form, Value{Label: what + " " + name, Value: value, Unknown: unknown})
		v.Checklist = append(v.Checklist, in.check(spec.Check{Title: what + " " + name, Covers: []string{ref.String()}}))
	}
	for _, r := range in.Payer.Roles {
		if r.Handoff && !used[r.Pos.String()] {
			add(r.Ref(), r.Name, "Role")
			v.Links = append(v.Links, in.link(r)...)
		}
	}
	for _, u := range in.Payer.Users {
		if u.Handoff && !used[u.Pos.String()] {
			add(u.Ref(), u.Name, "User")
		}
	}
	for _, r := range in.Payer.MemberRoles {
		if !r.Handoff || used[r.Pos.String()] {
			continue
		}
		v.Checklist = append(v.Checklist, in.members(r))
		v.Links = append(v.Links, in.memberLinks(r)...)
	}
	return v, len(v.Form)+len(v.Links)+len(v.Checklist) > 0
}

// members is the line of a role in members.
func (in Input) members(r spec.MemberRole) Line {
	c := spec.Check{Title: "Role " + r.Name + " in the members"}
	if r.StackSet != nil {
		c.Covers = []string{spec.StackSetRef(r.StackSet.Name).String()}
	}
	for _, a := range r.Accounts {
		c.Covers = append(c.Covers, spec.MemberRoleRef(a.Email, r.Name).String())
	}
	return in.check(c)
}

// forPeople says that a person can take a role on in the console: where the
// trust asks for an external id, that is not so.
func forPeople(r spec.Role) bool { return !strings.Contains(r.Trust.String(), "sts:ExternalId") }

// link is where a person takes on a role of the payer.
func (in Input) link(r spec.Role) []Link {
	if !forPeople(r) {
		return nil
	}
	return []Link{link(in.Payer, in.Payer.AccountID, r.Path, r.Name, in.Payer.Name+" "+r.Name)}
}

// memberLinks are where a person takes on a role of the members that have it.
func (in Input) memberLinks(r spec.MemberRole) []Link {
	if !forPeople(r.Role) {
		return nil
	}
	var all []Link
	for _, a := range r.Accounts {
		if id, ok := in.Live.Output(a.Ref(), "id"); ok {
			all = append(all, link(in.Payer, id, r.Path, r.Name, cmp.Or(a.Name, id)))
		}
	}
	return slices.Clip(all)
}

// link is the console's page that takes on a role, its path before its name (IAM user guide,
// "Granting permissions to switch roles"). The name is cut to the 64 characters that the
// page takes.
func link(p *spec.Payer, account, path, role, name string) Link {
	host := "signin.aws.amazon.com"
	switch p.Partition() {
	case "aws-us-gov":
		host = "signin.amazonaws-us-gov.com"
	case "aws-cn":
		host = "signin.amazonaws.cn"
	}
	if r := []rune(name); len(r) > 64 {
		name = string(r[:64])
	}
	q := "account=" + url.QueryEscape(account) + "&roleName=" + url.QueryEscape(strings.TrimPrefix(path, "/")+role) + "&displayName=" + url.QueryEscape(name)
	return Link{Role: role, Account: account, Name: name, URL: "https://" + host + "/switchrole?" + q}
}
