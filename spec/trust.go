package spec

import (
	"regexp"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

var trustedARN = regexp.MustCompile(`^arn:aws[a-z-]*:(iam::[0-9]{12}:(root|user/.+|role/.+)|sts::[0-9]{12}:(assumed-role|federated-user)/.+)$`)

// trust reads who may assume a role, in short or as a document, and gives the
// document.
func (b *builder) trust(v file.V[file.Trust]) resource.Text {
	f := v.Value
	short := f.Accounts.Set() || f.Principals.Set() || f.Services.Set() || f.ExternalID.Set() || f.MFA.Set()
	whole := f.File.Set() || f.Document.Set()
	switch {
	case !b.fits(v.At):
		return resource.Text{}
	case short && whole:
		b.add(v.At, "trust is written in short, or as file or document; not both")
		return resource.Text{}
	case !short && !whole, !whole && empty(f):
		b.add(v.At, "trust names nobody: accounts, principals, services, or a whole policy by file or document")
		return resource.Text{}
	}
	var t resource.Text
	var least int
	at := v.At
	if whole {
		d, ok := b.document(written{at: v.At, what: "a trust policy", kind: iampolicy.TrustPolicy, file: f.File, doc: f.Document})
		if !ok {
			return t
		}
		t, least, at = d.text, d.least, d.at
	} else {
		t, least = b.shortTrust(f)
	}
	if limit := b.p.Limits.Trust(); least > limit {
		b.add(at, "the trust policy has %s characters", of(least, limit))
	}
	b.deputy(at, t)
	return t
}

// empty says that a trust in short has lists, and nobody in any.
func empty(f file.Trust) bool {
	lists := f.Accounts.Set() || f.Principals.Set() || f.Services.Set()
	return lists && len(f.Accounts.Value)+len(f.Principals.Value)+len(f.Services.Value) == 0
}

// shortTrust writes the document of a trust in short.
func (b *builder) shortTrust(f file.Trust) (resource.Text, int) {
	aws := append(b.trustedAccounts(f.Accounts), b.trustedPrincipals(f.Principals)...)
	var services []resource.Text
	for _, n := range b.names(f.Services, b.service) {
		services = append(services, resource.Lit(n.Value))
	}
	condition := b.trustCondition(f)
	if condition != "" && len(aws) == 0 && len(f.Accounts.Value)+len(f.Principals.Value) == 0 {
		at := f.ExternalID.At
		if !at.Set() {
			at = f.MFA.At
		}
		b.add(at, "goes with accounts or principals, and there are none")
	}
	var w textWriter
	w.lit(`{"Version":"2012-10-17","Statement":[`)
	together := condition == "" && len(aws) > 0 && len(services) > 0
	if len(aws) > 0 {
		w.lit(`{"Effect":"Allow","Principal":{"AWS":`).list(aws)
		if together {
			w.lit(`,"Service":`).list(services)
		}
		w.lit(`},"Action":"sts:AssumeRole"` + condition + `}`)
	}
	if len(services) > 0 && !together {
		if len(aws) > 0 {
			w.lit(",")
		}
		w.lit(`{"Effect":"Allow","Principal":{"Service":`).list(services).lit(`},"Action":"sts:AssumeRole"}`)
	}
	t := w.lit(`]}`).text()
	return t, leastOf(t)
}

// trustCondition is what accounts and principals must bring, as it stands
// behind the action.
func (b *builder) trustCondition(f file.Trust) string {
	var blocks []string
	if v := f.ExternalID; b.fits(v.At) {
		b.externalID(v)
		blocks = append(blocks, `"StringEquals":{"sts:ExternalId":`+quoteJSON(v.Value)+`}`)
	}
	if f.MFA.Value {
		blocks = append(blocks, `"Bool":{"aws:MultiFactorAuthPresent":"true"}`)
	}
	if len(blocks) == 0 {
		return ""
	}
	return `,"Condition":{` + strings.Join(blocks, ",") + `}`
}

// externalID checks an external id. Its text is not for logs.
func (b *builder) externalID(v file.V[string]) {
	if most := iampolicy.IAMLimits().ExternalID; len(v.Value) < 2 || len(v.Value) > most || !external.MatchString(v.Value) {
		b.add(v.At, "want 2 to 1,224 letters, digits or _+=,.@:/-")
	}
}

// trustedAccounts gives the principals that stand for whole accounts.
func (b *builder) trustedAccounts(list file.List[file.ID]) []resource.Text {
	var all []resource.Text
	first := map[string]int{}
	for _, v := range list.Value {
		t, ok := b.trusted(v.At, string(v.Value), first)
		if s, known := t.Known(); ok && known && !accountID.MatchString(s) {
			b.add(v.At, "want the 12 digits of an account id, have %q", strictyaml.Shown(s))
			ok = false
		}
		if ok {
			all = append(all, resource.Join(resource.Lit("arn:"+b.p.Partition()+":iam::"), t, resource.Lit(":root")))
		}
	}
	return all
}

func (b *builder) trustedPrincipals(list file.List[string]) []resource.Text {
	var all []resource.Text
	first := map[string]int{}
	for _, v := range list.Value {
		t, ok := b.trusted(v.At, v.Value, first)
		if !ok {
			continue
		}
		s, known := t.Known()
		switch {
		case !known:
			all = append(all, t)
		case s == "*":
			b.add(v.At, "would let everybody in; whoever means that writes the whole policy")
		case accountID.MatchString(s):
			b.add(v.At, "an account goes to accounts")
		case strings.Contains(s, ":group/"):
			b.add(v.At, "a group is no principal: name its users or a role")
		case !trustedARN.MatchString(s):
			b.add(v.At, "want the ARN of a user or a role, such as arn:%s:iam::111122223333:role/vendor; have %q", b.p.Partition(), strictyaml.Shown(s))
		case !b.abroad(v.At, s):
			all = append(all, t)
		}
	}
	return all
}

// trusted reads one entry of a list in which each stands once.
func (b *builder) trusted(at file.At, s string, first map[string]int) (resource.Text, bool) {
	if !b.fits(at) {
		return resource.Text{}, false
	}
	before := len(b.list) + b.more
	t := b.text(at, s, "")
	if line := first[t.String()]; line > 0 {
		b.add(at, "%q stands here twice, first on line %d", strictyaml.Shown(s), line)
	}
	first[t.String()] = at.Line
	return t, len(b.list)+b.more == before
}

// deputy warns of a trust that lets accounts of others in without an external
// id: whoever such an account works for could have it work on this role.
func (b *builder) deputy(at file.At, t resource.Text) {
	for _, who := range iampolicy.TrustsWithoutExternalID([]byte(t.String()), b.p.AccountID) {
		if who == "*" {
			who = "everybody"
		}
		b.warn(at, "%s may assume the role without an external id (the confused deputy: whoever it also works for could have it act here)", strictyaml.Shown(who))
	}
}

// textWriter writes JSON that holds outputs of other objects.
type textWriter struct{ parts []resource.Text }

func (w *textWriter) lit(s string) *textWriter {
	w.parts = append(w.parts, resource.Lit(s))
	return w
}

// string writes a JSON string. What is not known yet needs no escape: ids, ARNs
// and names have nothing that JSON would.
func (w *textWriter) string(t resource.Text) *textWriter {
	if s, known := t.Known(); known {
		return w.lit(quoteJSON(s))
	}
	w.parts = append(w.parts, resource.Lit(`"`), t, resource.Lit(`"`))
	return w
}

// list writes a string, or a list of several.
func (w *textWriter) list(ts []resource.Text) *textWriter {
	if len(ts) == 1 {
		return w.string(ts[0])
	}
	w.lit("[")
	for i, t := range ts {
		if i > 0 {
			w.lit(",")
		}
		w.string(t)
	}
	return w.lit("]")
}

func (w *textWriter) text() resource.Text { return resource.Join(w.parts...) }
