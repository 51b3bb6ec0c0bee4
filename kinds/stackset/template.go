package stackset

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/kinds/internal/orgs"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// templateOf is the template of a role: JSON with its keys in order and its
// documents in canonical form, so that it can be compared, and is what is sent.
func templateOf(p *spec.Payer, m spec.MemberRole, read *resource.State) (resource.Text, error) {
	w := writer{read: read}
	properties := []member{
		{"RoleName", w.text(resource.Lit(m.Name))},
		{"Path", w.text(resource.Lit(m.Path))},
		{"AssumeRolePolicyDocument", w.document("trust", m.Trust)},
		{"Tags", w.tags(p, m)},
	}
	if m.Description != nil {
		properties = append(properties, member{"Description", w.text(*m.Description)})
	}
	if m.MaxSession > 0 {
		properties = append(properties, member{"MaxSessionDuration", resource.Lit(strconv.Itoa(m.MaxSession))})
	}
	if m.Boundary != nil && !m.Boundary.IsNone() {
		properties = append(properties, member{"PermissionsBoundary", w.text(*m.Boundary)})
	}
	var attached, inline []resource.Text
	for _, managed := range m.Policies.Managed {
		if !managed.Absent {
			attached = append(attached, w.text(managed.ARN))
		}
	}
	for _, policy := range m.Policies.Inline {
		if !policy.Document.IsNone() {
			inline = append(inline, object(member{"PolicyName", w.text(resource.Lit(policy.Name))},
				member{"PolicyDocument", w.document(policy.Name, policy.Document)}))
		}
	}
	if attached != nil {
		properties = append(properties, member{"ManagedPolicyArns", list(attached)})
	}
	if inline != nil {
		properties = append(properties, member{"Policies", list(inline)})
	}
	role := object(member{"Type", w.text(resource.Lit("AWS::IAM::Role"))}, member{"Properties", object(properties...)})
	whole := object(
		member{"AWSTemplateFormatVersion", w.text(resource.Lit("2010-09-09"))},
		member{"Description", w.text(resource.Lit("The role " + m.Name))},
		member{"Resources", object(member{"Role", role})})
	if w.err != nil {
		return whole, w.err
	}
	return whole.Map(normal)
}

// documentsOf are the documents of a role as its file has them, one behind another.
func documentsOf(m spec.MemberRole, read *resource.State) resource.Text {
	all := []resource.Text{m.Trust}
	for _, policy := range m.Policies.Inline {
		if !policy.Document.IsNone() {
			all = append(all, resource.Lit("\n"), policy.Document)
		}
	}
	return resource.Join(all...).Resolve(read.Output)
}

// normal gives JSON one form: keys in order, no white space.
func normal(text string) (string, error) {
	var v any
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		return "", fmt.Errorf("read template: %w", err)
	}
	return encode(v)
}

func encode(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// trustOf is the trust policy in a template that we wrote, "" in any other.
func trustOf(body string) string {
	var t struct {
		Resources struct {
			Role struct {
				Properties struct{ AssumeRolePolicyDocument json.RawMessage }
			}
		}
	}
	if err := json.Unmarshal([]byte(body), &t); err != nil {
		return ""
	}
	return string(t.Resources.Role.Properties.AssumeRolePolicyDocument)
}

// handedTrust is the trust policy of what is wanted, for the tag of what is
// handed over: it and the template are written by one call.
func handedTrust(want resource.Object) string { return trustOf(want.Attrs[template].Value()) }

// member is a key of a JSON object with its value in JSON.
type member struct {
	name  string
	value resource.Text
}

func object(members ...member) resource.Text {
	parts := []resource.Text{resource.Lit("{")}
	for i, m := range members {
		if i > 0 {
			parts = append(parts, resource.Lit(","))
		}
		parts = append(parts, resource.Lit(strconv.Quote(m.name)+":"), m.value)
	}
	return resource.Join(append(parts, resource.Lit("}"))...)
}

func list(items []resource.Text) resource.Text {
	parts := []resource.Text{resource.Lit("[")}
	for i, item := range items {
		if i > 0 {
			parts = append(parts, resource.Lit(","))
		}
		parts = append(parts, item)
	}
	return resource.Join(append(parts, resource.Lit("]"))...)
}

// writer turns texts into JSON; the first error stays.
type writer struct {
	read *resource.State
	err  error
}

// text is a text as a JSON string.
func (w *writer) text(t resource.Text) resource.Text {
	return w.form("a text", t, func(s string) (string, error) { return encode(s) })
}

// document is a policy document in canonical form.
func (w *writer) document(name string, t resource.Text) resource.Text {
	return w.form(name, t, func(s string) (string, error) { return iampolicy.Canonical([]byte(s)) })
}

func (w *writer) form(name string, t resource.Text, f func(string) (string, error)) resource.Text {
	t, err := t.Resolve(w.read.Output).Map(f)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("%s: %w", name, err)
	}
	return t
}

// tags are those of the role, with the mark that says which stack set made it.
func (w *writer) tags(p *spec.Payer, m spec.MemberRole) resource.Text {
	all := map[string]resource.Text{}
	for k, v := range m.Tags {
		if v != nil {
			all[k] = *v
		}
	}
	all[orgs.KeyPayer] = resource.Lit(p.Name)
	all[orgs.KeyName] = resource.Lit(orgs.MarkName(spec.StackSetRef(m.StackSet.Name).String()))
	var keys []string
	for k := range all {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var items []resource.Text
	for _, k := range keys {
		items = append(items, object(member{"Key", w.text(resource.Lit(k))}, member{"Value", w.text(all[k])}))
	}
	return list(items)
}
