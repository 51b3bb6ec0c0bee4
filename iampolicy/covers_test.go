package iampolicy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCovers(t *testing.T) {
	for _, tt := range []struct {
		outer, inner string
		want, back   bool
	}{
		{"*", "ec2:*", true, false},
		{"ec2:*", "EC2:RunInstances", true, false},
		{"ec2:Run*", "ec2:RunInstances", true, false},
		{"ec2:Run*", "ec2:run*", true, true},
		{"ec2:*Instances", "ec2:Run*", false, false},
		{"ec2:?un*", "ec2:Run*", true, false},
		{"ec2:R?", "ec2:R*", false, true},
		{"ec2:R*?", "ec2:R?*", true, true},
		{"ec2:**", "ec2:*", true, true},
		{"ec2:a*b*c", "ec2:a*xb*yc", true, false},
		{"s3:*", "ec2:*", false, false},
		{"ec2:Run", "ec2:RunInstances", false, false},
	} {
		if got, back := Covers(tt.outer, tt.inner), Covers(tt.inner, tt.outer); got != tt.want || back != tt.back {
			t.Errorf("%s and %s: %v and %v, want %v and %v", tt.outer, tt.inner, got, back, tt.want, tt.back)
		}
	}
}

func TestShared(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want []string
	}{
		{"ec2:*", "s3:*", nil},
		{"*", "ec2:Run*", []string{"ec2:run*"}},
		{"ec2:Describe*", "ec2:*Reserved*", []string{"ec2:describe*reserved*"}},
		{"ec2:aba*", "ec2:*bab", []string{"ec2:aba*bab", "ec2:abab"}},
		{"ec2:R?n", "ec2:*un", []string{"ec2:run"}},
		{"ec2:Run", "ec2:RunInstances", nil},
		{"ec2:a?", "ec2:?b", []string{"ec2:ab"}},
	} {
		if diff := cmp.Diff(tt.want, Shared(tt.a, tt.b)); diff != "" {
			t.Errorf("%s and %s (-want +got):\n%s", tt.a, tt.b, diff)
		}
		if diff := cmp.Diff(tt.want, Shared(tt.b, tt.a)); diff != "" {
			t.Errorf("%s and %s (-want +got):\n%s", tt.b, tt.a, diff)
		}
	}
}

// FuzzCovers holds the sets against what matches: what an inner pattern means
// the outer must, and what is shared both must.
func FuzzCovers(f *testing.F) {
	f.Add("ec2:*", "ec2:Run*", "ec2:RunInstances")
	f.Add("a:*b?", "a:?*", "a:xb1")
	f.Add("a*a*a", "*aa*", "aaaa")
	f.Fuzz(func(t *testing.T, a, b, action string) {
		if len(a)+len(b)+len(action) > 60 {
			return
		}
		in := func(p string) bool { return matches(lower(p), lower(action)) }
		if Covers(a, b) && in(b) && !in(a) {
			t.Errorf("%q covers %q, and not %q", a, b, action)
		}
		shared := Shared(a, b)
		found := false
		for _, p := range shared {
			found = found || in(p)
			if in(p) && !(in(a) && in(b)) {
				t.Errorf("%q and %q share %q, and not both mean %q", a, b, p, action)
			}
		}
		if in(a) && in(b) && !found && len(shared) < maxShared && ascii(a+b+action) {
			t.Errorf("%q and %q mean %q, and share %q", a, b, action, shared)
		}
	})
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func TestParts(t *testing.T) {
	parts, err := Parts([]byte(`{"Version":"2012-10-17","Statement":[
		{"Sid":"A","Effect":"Deny","NotAction":["S3:Get*","iam:*"],"Resource":["*"]},
		{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":{"aws:PrincipalOrgID":["o-2","o-1"]}}},
		{"Effect":"Deny","Action":"*","NotResource":["b","a"]},
		{"Effect":"Deny","Action":"*","Resource":["b","a"],"Condition":{}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Sid                 string
		Deny, Not           bool
		Actions             []string
		Resource, Condition string
	}
	var got []row
	for _, p := range parts {
		got = append(got, row{p.Sid, p.Deny, p.Not, p.Actions, p.Scope.Resource, p.Scope.Condition})
	}
	want := []row{
		{"A", true, true, []string{"S3:Get*", "iam:*"}, "", ""},
		{"", false, false, []string{"s3:GetObject"}, "arn:aws:s3:::b/*", `{"StringEquals":{"aws:principalorgid":["o-1","o-2"]}}`},
		{"", true, false, []string{"*"}, `{"NotResource":["a","b"]}`, ""},
		{"", true, false, []string{"*"}, `["a","b"]`, ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Parts (-want +got):\n%s", diff)
	}
	for _, doc := range []string{`{`, `{}`, `{"Statement":["x"]}`} {
		if _, err := Parts([]byte(doc)); err == nil {
			t.Errorf("Parts(%s) gives no error", doc)
		}
	}
}

func TestWithin(t *testing.T) {
	scope := func(rest string) Scope {
		p, err := Parts([]byte(`{"Statement":{"Effect":"Deny","Action":"*",` + rest + `}}`))
		if err != nil {
			t.Fatal(err)
		}
		return p[0].Scope
	}
	where := func(block string) string { return `"Resource":"*","Condition":{` + block + `}` }
	for _, tt := range []struct {
		name, s, o string
		want, back bool
	}{
		{"one resource of all", `"Resource":"a"`, `"Resource":"*"`, true, false},
		{"one resource of two", `"Resource":"a"`, `"Resource":["a","b"]`, true, false},
		{"one resource of a pattern", `"Resource":"arn:x/y"`, `"Resource":"arn:x/*"`, true, false},
		{"other resources", `"Resource":"a"`, `"Resource":"b"`, false, false},
		{"not resource", `"NotResource":"a"`, `"Resource":"b"`, false, false},
		{"the same not resource", `"NotResource":"a"`, `"NotResource":"a"`, true, true},
		{"a condition of none", where(`"Bool":{"a:b":"true"}`), `"Resource":"*"`, true, false},
		{"two conditions of one", where(`"Bool":{"a:b":"true","a:c":"true"}`), where(`"Bool":{"a:b":"true"}`), true, false},
		{"fewer values", where(`"StringEquals":{"a:b":"x"}`), where(`"StringEquals":{"a:b":["x","y"]}`), true, false},
		{"more values negated", where(`"StringNotEquals":{"a:b":["x","y"]}`), where(`"StringNotEquals":{"a:b":"x"}`), true, false},
		{"more values negated, any", where(`"ForAnyValue:StringNotLikeIfExists":{"a:b":["x","y"]}`), where(`"ForAnyValue:StringNotLikeIfExists":{"a:b":"x"}`), true, false},
		{"another operator", where(`"StringEquals":{"a:b":"x"}`), where(`"StringLike":{"a:b":"x"}`), false, false},
		{"null", where(`"Null":{"a:b":"true"}`), where(`"Null":{"a:b":["true","false"]}`), false, false},
		{"letter case of keys", where(`"Bool":{"A:B":"true"}`), where(`"Bool":{"a:b":true}`), true, true},
	} {
		s, o := scope(tt.s), scope(tt.o)
		if got, back := s.Within(&o), o.Within(&s); got != tt.want || back != tt.back {
			t.Errorf("%s: %v and %v, want %v and %v", tt.name, got, back, tt.want, tt.back)
		}
	}
}

// TestAkin: scopes are alike by a condition key, whatever its operator, or by
// resources that are left out.
func TestAkin(t *testing.T) {
	const regions, ifExists = `"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"a"}}`, `"Resource":"b","Condition":{"StringNotEqualsIfExists":{"AWS:requestedregion":["c"]}}`
	const root, but, all = `"Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"}}`, `"NotResource":"a"`, `"Resource":"*"`
	for _, tt := range []struct {
		a, b string
		want bool
	}{{regions, ifExists, true}, {regions, root, false}, {but, `"NotResource":["a","b"]`, true}, {but, `"Resource":"a"`, false}, {all, regions, false}, {all, all, false}} {
		var scopes []*Scope
		for _, s := range []string{tt.a, tt.b} {
			parts, err := Parts([]byte(`{"Statement":[{"Effect":"Deny","Action":"*",` + s + `}]}`))
			if err != nil {
				t.Fatal(err)
			}
			scopes = append(scopes, &parts[0].Scope)
		}
		if scopes[0].Akin(scopes[1]) != tt.want || scopes[1].Akin(scopes[0]) != tt.want {
			t.Errorf("%s and %s: want %v", tt.a, tt.b, tt.want)
		}
	}
}
