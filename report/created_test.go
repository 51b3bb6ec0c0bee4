package report_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/planner"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/resource"
)

// attrs are literal attributes.
func attrs(pairs ...string) resource.Attrs {
	out := resource.Attrs{}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i]] = resource.Lit(pairs[i+1])
	}
	return out
}

// trusts is the trust of a role in canonical form.
func trusts(principal, condition string) string {
	if condition != "" {
		condition = `"Condition":` + condition + `,`
	}
	return `{"Statement":[{"Action":["sts:assumerole"],` + condition + `"Effect":"Allow","Principal":` + principal + `}],"Version":"2012-10-17"}`
}

const (
	payerTrust = `{"AWS":["arn:aws:iam::111122223333:root"]}`
	farTrust   = `{"AWS":["arn:aws:iam::444455556666:root"]}`
	admin      = "managed.arn:aws:iam::aws:policy/AdministratorAccess"
)

func made(kind, name string, a resource.Attrs) planner.Change {
	c := change(planner.Create, ref(kind, name), 50)
	c.Want.Attrs = a
	return c
}

// memberRole is a role of an account of the pool students.
func memberRole(id int) planner.Change {
	n := fmt.Sprint(id)
	c := made("member-role", "awslabs"+n+"@vocareum.com/VocareumAdmin", attrs("trust", trusts(farTrust, `{"StringEquals":{"sts:ExternalId":["s3cr3t"]}}`),
		admin, "attached", "tags.seat", n))
	c.Want.Facts = map[string]string{resource.FactName: "VocareumAdmin", resource.FactPool: "students", resource.FactID: n}
	return c
}

// created is everything whose content matters, new, with somebody from outside.
func created() report.Input {
	var long []string
	for i := range 60 {
		long = append(long, fmt.Sprintf("ec2:Do%02d", i))
	}
	c := made("policy", "DenyMuch", attrs("name", "DenyMuch", "description", "Denies what is dear", "document", statements(deny("NoEC2", long...), deny("NoLeave", "organizations:LeaveOrganization"))))
	c.Usage = []planner.Usage{{Name: "characters", Used: 1204, Limit: 10240}}
	p := &planner.Plan{Changes: []planner.Change{
		made("ou", "Labs", attrs("name", "Labs")), c,
		made("policy", "NoLeave", attrs("name", "NoLeave", "document", statements(deny("", "organizations:LeaveOrganization")))),
		made("user", "bi", attrs("path", "/", "inline.read", `{"Statement":[{"Action":["s3:GetObject"],"Effect":"Allow","Resource":["arn:aws:s3:::bills/*"]}],"Version":"2012-10-17"}`)),
		made("group", "readers", attrs("member.bi", "member", "managed.arn:aws:iam::aws:policy/ReadOnlyAccess", "attached")),
		made("role", "auditor2", attrs("trust", trusts(farTrust, ""), admin, "attached", "maxSessionDuration", "3600", "description", "")),
		made("role", "own", attrs("trust", trusts(`{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::222233334444:role/ops"],"Service":["ec2.amazonaws.com"]}`, ""), "handoff", "true")),
		made("role", "web", attrs("trust", trusts(`{"Federated":["arn:aws:iam::111122223333:oidc-provider/token.example"]}`, `{"StringLike":{"token.example:sub":["repo:acme/payers:*"]}}`))),
		made("role", "open", attrs("trust", trusts(`{"AWS":["*"]}`, ""))),
		made("role", "org", attrs("trust", trusts(`{"AWS":["*"]}`, `{"StringEquals":{"aws:PrincipalOrgID":["o-1"]}}`))),
		made("role", "odd", attrs("trust", `{"Statement":[{"Action":["sts:assumerole"],"Effect":"Deny","NotPrincipal":`+payerTrust+`}]}`)),
		made("bucket-policy", "bills", attrs("statement.Read", `{"Action":["s3:getobject"],"Effect":"Allow","Principal":`+farTrust+`,"Resource":["arn:aws:s3:::bills/*"],"Sid":"Read"}`)),
		made("stack-set", "VocareumAdmin", attrs("template", "Resources:\n  Role:\n    - All done.\n\u202e", "region", "eu-west-1")),
		made("contact", "students@acme.example/SECURITY", attrs("name", "Ann", "email", "ann@acme.example", "phone", "+1 555 0100")),
	}}
	c = made("role", "later", resource.Attrs{"trust": resource.Join(resource.Lit(`{"Statement":[{"Action":["sts:assumerole"],"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::`),
		resource.Output(ref("account", "sec@acme.example"), "id"), resource.Lit(`:root"]}}]}`)),
		"permissionsBoundary": resource.Join(resource.Lit("arn:aws:iam::"), resource.Output(ref("account", "sec@acme.example"), "id"), resource.Lit(":policy/b")),
		"tags.old":            resource.None()})
	c.Blocked = "a role of this name exists, not ours"
	p.Changes = append(p.Changes, c)
	for id := 10001; id <= 10300; id++ {
		p.Changes = append(p.Changes, memberRole(id))
	}
	c = change(planner.Update, ref("role", "reader"), 60)
	c.Fields = []planner.Field{lit("trust", trusts(payerTrust, ""), trusts(`{"AWS":["arn:aws:iam::444455556666:root","arn:aws:iam::555566667777:user/x","arn:aws:iam::111122223333:root"]}`, ""))}
	p.Changes = append(p.Changes, c)
	return report.Input{Name: "acme-labs", AccountID: "111122223333", Plan: p, Organization: "o-1", Members: map[string]bool{"111122223333": true, "222233334444": true}}
}

// TestCreationsSayWhatTheyAre in every form: whom a role trusts, what it may do,
// and that somebody from outside is let in.
func TestCreationsSayWhatTheyAre(t *testing.T) {
	r := report.New(created())
	words := textOf(t, r)
	for _, want := range []string{
		"trust               account 444455556666\n", "managed.arn:aws:iam::aws:policy/AdministratorAccess\n",
		"! lets in account 444455556666, which is not of this organization\n", "! lets in anyone, of whatever organization\n",
		"! lets in accounts that are not of this organization: 444455556666, 555566667777\n",
		"+ 300 member-roles VocareumAdmin of pool students ", "trust      account 444455556666 with an external id\n", `tags.seat  "${{ id }}"`,
		"account 111122223333, arn:aws:iam::222233334444:role/ops, service ec2.amazonaws.com\n",
		"trust  anyone where StringEquals aws:PrincipalOrgID o-1  # ", "account ${{ account/sec@acme.example.id }}\n",
		"document     2 statements (deny), 73 lines; --format json", "; --format json shows it\n", "\"NotPrincipal\": {",
		"template\n          | Resources:\n          |   Role:\n          |     - All done.\n          | \\u{202E}\n",
	} {
		if !strings.Contains(words, want) {
			t.Errorf("the text lacks %q", want)
		}
	}
	if strings.Contains(words, "s3cr3t") || strings.Contains(words, `name  "DenyMuch"`) || strings.Contains(words, "ec2:Do") {
		t.Error("the text says too much")
	}
	s := asMarkdown(t, r, report.MarkdownOptions{})
	inPlace(t, r, s)
	for _, want := range []string{"> - `role/auditor2` lets in account `444455556666`, which is not of this organization\n", "> - `role/open` lets in anyone",
		"+   managed.arn:aws:iam::aws:policy/AdministratorAccess\n", "<summary>1 document of what is created</summary>", "\n+ policy/DenyMuch: document\n", "+       \"ec2:Do59\"\n",
		"> - `300 member-roles VocareumAdmin of pool students` lets in account `444455556666`"} {
		if !strings.Contains(s, want) {
			t.Errorf("the Markdown lacks %q", want)
		}
	}
	if strings.Contains(s, "`role/own`") || strings.Contains(s, "`role/org` lets") {
		t.Error("somebody from inside is from outside")
	}
	if t.Failed() {
		t.Log(words, s)
	}
	in := created()
	for i := range in.Plan.Changes {
		in.Plan.Changes[i].Blocked = "exists, not ours" // nobody is let in
	}
	if s := asMarkdown(t, report.New(in), report.MarkdownOptions{}); strings.Contains(s, "> - `role/") {
		t.Errorf("what is blocked is told above the folds:\n%s", s)
	}
	in = created()
	in.Members = nil // nobody knows who is inside
	if s := asMarkdown(t, report.New(in), report.MarkdownOptions{}); strings.Contains(s, "lets in") {
		t.Errorf("where nobody knows it says\n%s", s)
	}
}

// Documents of what is created are cut before anything else is.
func TestDocumentsAreCutFirst(t *testing.T) {
	in := scpEdit()
	for i := range 200 {
		var actions []string
		for j := range 60 {
			actions = append(actions, fmt.Sprintf("ec2:P%dA%d", i, j))
		}
		in.Plan.Changes = append(in.Plan.Changes, made("policy", fmt.Sprintf("P%03d", i), attrs("document", statements(deny("", actions...)))))
	}
	r := report.New(in)
	s := asMarkdown(t, r, report.MarkdownOptions{})
	inPlace(t, r, s)
	if len(s) > report.MarkdownMax || len(s) < report.MarkdownMax-1000 {
		t.Errorf("%d bytes", len(s))
	}
	if strings.Count(s, " lines cut; ") != 1 || !strings.Contains(s, "\n+ policy/P199  # ") || !strings.Contains(s, "\n+ policy/P000: document") || !strings.Contains(s, "graph LR") {
		t.Errorf("more than the documents is cut:\n%.2000s", s)
	}
}

// manyRoles is a first apply of n accounts with a role in each.
func manyRoles(n int) report.Input {
	p := &planner.Plan{}
	for i := range n {
		p.Changes = append(p.Changes, memberRole(100000+i))
	}
	return report.Input{Name: "acme", AccountID: "111122223333", Plan: p, Members: map[string]bool{"111122223333": true}}
}

func BenchmarkMarkdownCreations10000(b *testing.B) {
	in := manyRoles(10000)
	for b.Loop() {
		if err := report.New(in).WriteMarkdown(io.Discard, report.MarkdownOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTextCreations10000(b *testing.B) {
	in := manyRoles(10000)
	for b.Loop() {
		if err := report.New(in).WriteText(io.Discard, report.TextOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestMembersThatAreShutAreOneLine though AWS names each of them: its words are in
// the JSON, and where there are few.
func TestMembersThatAreShutAreOneLine(t *testing.T) {
	const why = "what is there is not known: cannot enter the account as role Bar: AccessDenied"
	shut := func(n int) (r *report.Report, text, markdown string) {
		p := &planner.Plan{}
		for i := range n {
			c := memberRole(10001 + i)
			delete(c.Want.Attrs, "tags.seat")
			c.Blocked = fmt.Sprintf(why+": User: ann is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::%012d:role/Bar", 7*i+1)
			p.Changes = append(p.Changes, c)
		}
		r = report.New(report.Input{Name: "acme", Plan: p})
		return r, textOf(t, r), asMarkdown(t, r, report.MarkdownOptions{})
	}
	r, text, markdown := shut(41)
	for _, s := range []string{text, markdown} {
		if strings.Count(s, why) != 1 || !strings.Contains(s, "41 member-roles VocareumAdmin of pool students") || strings.Contains(s, "User: ann") {
			t.Errorf("41 are\n%s", s)
		}
	}
	var b strings.Builder
	if err := r.WriteJSON(&b); err != nil || strings.Count(b.String(), why+": User: ann") != 41 {
		t.Errorf("the JSON has not what AWS said: %v\n%s", err, b.String())
	}
	_, text, markdown = shut(2)
	for _, s := range []string{text, markdown} {
		if strings.Count(s, why+": User: ann") != 2 {
			t.Errorf("2 are\n%s", s)
		}
	}
}
