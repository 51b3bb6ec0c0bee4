package spec_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/spec"
)

const head = "apiVersion: reconciler/v1\nkind: Payer\nname: acme\naccountId: \"111122223333\"\n"

// everyAccount has as many accounts as AWS lets an organization have.
const everyAccount = head + "pools: [{name: p, ids: {from: 1, count: 50000}, account: {name: \"${{ id }}\", email: \"a${{ id }}@acme.example\"}}]\n"

// names writes so many entries of a list.
func names(n int, format string) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(all, ", ")
}

// repository makes a repository with one payer file.
func repository(t testing.TB, payer string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "acme.yaml"), payer)
	return dir
}

func load(dir string) string {
	return report(spec.Load([]string{dir}, spec.Options{}))
}

func TestHostileFiles(t *testing.T) {
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 12; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i, i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	for _, tt := range []struct{ name, payer, want string }{
		{"aliases that explode", head + bomb, "aliases stand for more than 100,000 values"},
		{"aliases of a long text", head + "homeRegion: &a \"" + strings.Repeat("x", 1<<20) + "\"\npolicies: [{name: a, document: {a: [*a, *a, *a, *a, *a, *a]}}]\n", "aliases stand for more than 4,194,304 bytes of text"},
		{"a long document", head + "policies: [{name: a, document: {a: [\"" + strings.Repeat("x", 1<<20) + "\", b, c]}}]\n", "policies[0].document.a[1]: the document is too big: more than 1,048,576 bytes"},
		{"many references", head + "policies: [{name: a, type: TAG_POLICY, document: {a: \"" + strings.Repeat("${{x}} ", 100_000) + "\"}}]\n", "more than 1,000 references in one text"},
		{"long pattern", head + "pools: [{name: p, ids: {from: 1, count: 50000}, account: {name: \"${{ id }}" + strings.Repeat("x", 1<<20) + "\", email: \"${{ id }}@acme.example\", tags: {a: \"${{ id }}" + strings.Repeat("x", 1<<20) + "\"}}}]\n", "pools[0].account.name: the pattern has 1,048,585 of 256 characters"},
		{"long tag", head + "pools: [{name: p, ids: {from: 1, count: 50000}, account: {name: \"${{ id }}\", email: \"a${{ id }}@acme.example\", tags: {a: \"${{ id }}" + strings.Repeat("x", 1<<20) + "\"}}}]\n", "pools[0].account.tags.a: 1,048,577 of 256 characters"},
		{"many pools", head + "pools:\n- &p {name: p, ids: {from: 1, count: 50000}, account: {name: \"${{ id }}\", email: \"a${{ id }}@acme.example\"}}\n" + strings.Repeat("- *p\n", 5000), "100,000 of 50,000 accounts in this file"},
		{"many wrong units", head + "ous: [" + strings.Repeat("{name: some quite long name of a unit}, ", 2000) + "]\naccounts: [" + strings.Repeat("{name: a, email: a@acme.example, ou: some quite long name of a unti}, ", 10_000) + "]\n", "more mistakes"},
		{"an alias of itself", head + "tags: &a {a: *a}\n", "values nest deeper than 100 levels"},
		{"deep nesting", head + "tags: " + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + "\n", "values nest deeper than 100 levels"},
		{"deeper nesting", head + "tags: " + strings.Repeat("{a: ", 200_000) + "\n", "not YAML: exceeded max depth"},
		{"deep block", head + nested(2000), "values nest deeper than 100 levels"},
		{"NUL", head + "tags: {a: \"\x00\"}\n", "acme.yaml:5:12: byte 0x00 is not text in UTF-8"},
		{"not UTF-8", head + "tags: {ä: \"\xff\"}\n", "acme.yaml:5:12: byte 0xff is not text in UTF-8"},
		{"cut UTF-8", head + "# \xc3", "acme.yaml:5:3: byte 0xc3 is not text in UTF-8"},
		{"UTF-16", "\xff\xfea\x00", "acme.yaml:1:1: byte 0xff is not text in UTF-8"},
		{"too many values", head + "tags: [" + strings.Repeat("a,", 1_100_000) + "]\n", "more than 1,000,000 values"},
		{"one long text", head + "homeRegion: " + strings.Repeat("x", 1<<20) + "\n", "acme.yaml:5:13: homeRegion: want a region such as us-east-1, have \"xxx"},
		{"terminal escape", head + "homeRegion: \"\\e[2J\"\n", "have \"�[2J\""},
		{"many selectors", everyAccount + "groups: [" + names(5000, "{name: g%d, assume: [{role: r, in: {pools: [p]}}]}") + "]\n", "groups[200].assume[0].in: the selectors of this file look at more than 10,000,000 accounts"},
		{"many member roles", everyAccount + "memberRoles:\n- &r {name: r, trust: {services: [ec2.amazonaws.com]}, in: {ous: [/]}}\n" + strings.Repeat("- *r\n", 900), "memberRoles[10].in: more than 500,000 roles in members"},
		{"many unknown pools", everyAccount + "groups: [{name: g, assume: [{role: r, in: {pools: [" + strings.Repeat("some quite long name, ", 2000) + "a pool of this name]}}]}]\n", "no pool \"some quite long name\""},
		{"many units", head + "ous: [" + names(20_000, "{name: \"%d\"}") + "]\ngroups: [{name: g, assume: [{role: r, in: {ous: [" + names(20_000, "\"%d\"") + "]}}]}]\n", "ok acme\nacme.yaml:6:"},
		{"many reports", head + "buckets: [" + names(5000, "{name: acme-%d}") + "]\nbillingReports: [" + names(5000, "{name: r%d, bucket: acme-x}") + "]\n", "no bucket \"acme-x\" in buckets"},
		{"many statements", head + "buckets: [{name: acme-a, statements: [" + names(8000, "{Sid: S%d, Effect: Deny, Principal: \"*\", Action: \"s3:*\", Resource: \"*\"}") + "]}]\nbillingReports: [" + names(8000, "{name: r%d, bucket: acme-a}") + "]\n", "the statements, those of billing reports counted, have 21,462 of 20,480"},
		{"many roles", head + "roles: [" + names(20_000, "{name: r%d, trust: {accounts: [\"${{ payer.accountId }}\"]}, managedPolicies: [Nope]}") + "]\n", "and 19,500 more mistakes"},
		{"many users in groups", head + "groups: [" + names(2000, "{name: g%d, members: [a, b, c]}") + "]\n", "the user a is in 11 of 10 groups"},
		{"long lease", head + "lease: {bucket: \"" + strings.Repeat("x", 1<<20) + "\", key: \"" + strings.Repeat("x/", 1<<20) + "x\"}\n", "lease.key: the key has 2,097,153 of 1,018 bytes"},
		{"long reason", head + "paused: {reason: \"" + strings.Repeat("x", 1<<20) + "\", until: \"" + strings.Repeat("9", 1<<20) + "\"}\n", "paused.reason: the reason has 1,048,576 of 500 characters"},
		{"escape in a reason", head + "paused: {reason: \"\\e[2J\"}\n", "paused.reason: holds a control character: \"\ufffd[2J\""},
		{"many payer names in a key", head + "lease: {bucket: acme-locks, key: \"" + strings.Repeat("${{ payer.name }}", 10_000) + "\"}\n", "lease.key: the key has 40,000 of 1,018 bytes"},
		{"many mistakes", head + "accounts: [" + strings.Repeat("5, ", 2000) + "]\n", "\nacme.yaml: and 1,500 more mistakes\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := load(repository(t, tt.payer))
			if !strings.Contains(got, tt.want) {
				t.Errorf("got %.600s\nwant in it %s", got, tt.want)
			}
			if len(got) > 100_000 {
				t.Errorf("the mistakes take %d bytes", len(got))
			}
		})
	}
}

func nested(levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func TestFileTooBig(t *testing.T) {
	dir := repository(t, head)
	if err := os.Truncate(filepath.Join(dir, "acme.yaml"), 100<<20); err != nil { // sparse
		t.Fatal(err)
	}
	if got, want := load(dir), "acme.yaml:1:1: 104,857,600 of 4,194,304 bytes is too big\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	dir = repository(t, head+"policies: [{name: A, file: big.json}]\n")
	write(t, filepath.Join(dir, "big.json"), strings.Repeat(" ", 1<<20+1))
	want := "acme.yaml:5:28: policies[0].file: big.json: 1,048,577 of 1,048,576 bytes is too big\n"
	if got := load(dir); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNotAFile(t *testing.T) {
	dir := repository(t, head)
	if err := os.Mkdir(filepath.Join(dir, "folder.yaml"), 0o755); err != nil {
		t.Fatal(err)
	}
	// What cannot be read may be the Defaults, so that the payer beside it does not count.
	if got, want := load(dir), "folder.yaml:1:1: is a folder, not a file\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestBrokenNeighbour: a broken payer file stops no other, a broken Defaults
// file stops all that it holds for.
func TestBrokenNeighbour(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"payer", "kind: Payer\nname: [", ""},
		{"payer with a mistake", "apiVersion: reconciler/v1\nkind: Payer\n", ""},
		{"defaults", "kind: Defaults\nsafety: [", "no"},
		{"defaults with a mistake", "apiVersion: reconciler/v1\nkind: Defaults\nsafty: {}\n", "no"},
		{"unknown", "safety: [", "no"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := repository(t, head)
			write(t, filepath.Join(dir, "b.yaml"), tt.text)
			got := load(dir)
			if ok := strings.Contains(got, "ok acme"); ok != (tt.want == "") || !strings.Contains(got, "b.yaml:") {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestDanger22SymbolicLinks(t *testing.T) {
	outside := t.TempDir()
	write(t, filepath.Join(outside, "secret"), "{}")
	write(t, filepath.Join(outside, "out.yaml"), head)
	link := func(t *testing.T, target, name string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, name); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	pool := head + "pools: [{name: p, ids: [x1], account: {name: \"${{ id }}\", email: \"${{ id }}@acme.example\"}, csv: CSV}]\n"
	for _, tt := range []struct {
		name, payer, from, to, want string
	}{
		{"policy file", head + "policies: [{name: A, file: a.json}]\n", "a.json", "secret", "acme.yaml:5:28: policies[0].file: is outside the repository: a.json"},
		{"policy folder", head + "policies: [{name: A, file: d/secret}]\n", "d", ".", "policies[0].file: is outside the repository: d/secret"},
		{"trust file", head + "roles: [{name: r, trust: {file: a.json}}]\n", "a.json", "secret", "acme.yaml:5:33: roles[0].trust.file: is outside the repository: a.json"},
		{"inline policy file", head + "users: [{name: u, inlinePolicies: {p: {file: d/secret}}}]\n", "d", ".", "users[0].inlinePolicies.p.file: is outside the repository: d/secret"},
		{"managed policy file", head + "iamPolicies: [{name: p, file: a.json}]\n", "a.json", "secret", "iamPolicies[0].file: is outside the repository: a.json"},
		{"link to nowhere", head + "policies: [{name: A, file: a.json}]\n", "a.json", "gone", "is outside the repository"},
		{"payer file", head, "b.yaml", "out.yaml", "b.yaml:1:1: leads outside the repository"},
		{"csv outside", strings.Replace(pool, "CSV", "a.csv", 1), "a.csv", "secret", "pools[0].csv: is outside the repository: a.csv"},
		{"csv folder", strings.Replace(pool, "CSV", "d/a.csv", 1), "d", ".", "pools[0].csv: is outside the repository: d/a.csv"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := repository(t, tt.payer)
			link(t, filepath.Join(outside, tt.to), filepath.Join(dir, tt.from))
			if got := load(dir); !strings.Contains(got, tt.want) {
				t.Errorf("got %swant in it %s", got, tt.want)
			}
		})
	}
	t.Run("inside", func(t *testing.T) {
		dir := repository(t, strings.Replace(pool, "CSV", "d/a.csv", 1))
		if err := os.Mkdir(filepath.Join(dir, "real"), 0o755); err != nil {
			t.Fatal(err)
		}
		link(t, "real", filepath.Join(dir, "d"))
		if got, want := load(dir), "pools[0].csv: d is a symbolic link; nothing is written through one"; !strings.Contains(got, want) {
			t.Errorf("got %swant in it %s", got, want)
		}
		policy := repository(t, head+"policies: [{name: A, type: TAG_POLICY, file: a.json}]\n")
		write(t, filepath.Join(policy, "real.json"), "{}")
		link(t, "real.json", filepath.Join(policy, "a.json"))
		if got := load(policy); got != "ok acme\n" {
			t.Errorf("a link inside the repository: %s", got)
		}
	})
}

func TestSecretsStayOut(t *testing.T) {
	for _, secret := range []string{"hunter2 secret", "[hunter2]", "12345678", "{hunter2: 1}", "hunter2\\n"} {
		got := load(repository(t, head+"access: {roleArn: x, externalId: "+secret+"}\n"))
		if !strings.Contains(got, "access.externalId") || strings.Contains(got, "hunter2") && !strings.Contains(secret, "{") || strings.Contains(got, "12345678") {
			t.Errorf("externalId %s: %s", secret, got)
		}
		for _, trust := range []string{"accounts: [\"222233334444\"], ", "services: [ec2.amazonaws.com], ", ""} {
			for _, list := range []string{"roles: [{", "memberRoles: [{in: {payer: true}, "} {
				got := load(repository(t, head+list+"name: r, trust: {"+trust+"externalId: "+secret+"}}]\n"))
				if !strings.Contains(got, "trust.externalId") || strings.Contains(got, "hunter2") || strings.Contains(got, "12345678") {
					t.Errorf("externalId %s: %s", secret, got)
				}
			}
		}
	}
}

// TestSecretsStayOutOfConditions: nor is an external id shown that stands in a
// whole trust policy.
func TestSecretsStayOutOfConditions(t *testing.T) {
	for _, condition := range []string{
		`StringEquals: {"sts:ExternalId": {hunter2: x}}`, `StringEquals: {"sts:externalid": [[hunter2]]}`,
		`StringEquals: {"sts:ExternalId": hunter2日本}`, `StringEquals: {"sts:ExternalId": "${{ hunter2 }}"}`, `StringLike: {"sts:ExternalId": !hunter2 x}`,
	} {
		got := load(repository(t, head+`roles: [{name: r, trust: {document: {Version: 2012-10-17, Statement: [{Effect: Allow, Principal: {AWS: "222233334444"}, Action: "sts:AssumeRole", Condition: {`+condition+"}}]}}}]\n"))
		if !strings.Contains(strings.ToLower(got), "sts:externalid") || strings.Contains(got, "hunter2") {
			t.Errorf("%s: %s", condition, got)
		}
	}
}

func FuzzLoad(f *testing.F) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, a := range archives {
		b, err := os.ReadFile(a)
		if err != nil {
			f.Fatal(err)
		}
		if i := strings.Index(string(b), "apiVersion"); i > 0 {
			f.Add(string(b[i:]))
		}
	}
	f.Add(strings.TrimPrefix(things, "-- acme.yaml --\n"))
	f.Add(head + operation)
	f.Add("apiVersion: reconciler/v1\nkind: Defaults\ndrift: report\nlease: {bucket: acme-locks, key: \"${{payer.name}}.lease\"}\n")
	for _, p := range []string{"../examples/vocareum/payers/acme-labs.yaml", "../examples/college/payers/teaching.yaml", "../examples/college/payers/defaults.yaml"} {
		b, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Fuzz(func(t *testing.T, payer string) {
		if len(payer) > 1<<16 {
			return
		}
		payers, err := spec.Load([]string{repository(t, payer)}, spec.Options{})
		checkErrors(t, err)
		if (err == nil) != (len(payers) == 1) && !strings.Contains(payer, "Defaults") {
			t.Errorf("%d payers, error %v", len(payers), err)
		}
		if broken := spec.Broken(err); len(payers)+len(broken) != 1 && !strings.Contains(payer, "Defaults") {
			t.Errorf("%d payers, %+v broken, error %v", len(payers), broken, err)
		}
		for _, p := range payers {
			if l := p.Lease; l != nil && (len(l.Key) > 1018 || strings.Contains("/"+l.Key+"/", "/../") || l.Bucket == "" || l.Region == "") {
				t.Errorf("lease %+v", l)
			}
			if w := p.Paused; w != nil && (strings.TrimSpace(w.Reason) == "" || strings.ContainsAny(w.Reason, "\n\x1b")) {
				t.Errorf("paused %+v", w)
			}
			if !slices.Equal(p.Sources, []string{"acme.yaml"}) || p.Drift == "" {
				t.Errorf("sources %q, drift %q", p.Sources, p.Drift)
			}
			for a := range p.AllAccounts() {
				if a.Name == "" || a.Email == "" {
					t.Errorf("account %+v", a)
				}
			}
		}
	})
}
