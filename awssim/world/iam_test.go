package world

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

const openTrust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}`

// peopled is a world whose account has one of everything that IAM keeps.
func peopled(t *testing.T) *World {
	t.Helper()
	w := New(Config{RoleSettle: time.Minute})
	w.SetNow(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	const who = "111122223333"
	doc := `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`
	tags := []Tag{{"a", "b"}}
	p, err := w.CreateManagedPolicy(who, NewManagedPolicy{Name: "p", Document: doc, Description: "d", Tags: tags})
	if err != nil {
		t.Fatal(err)
	}
	c := Caller{Account: who}
	for i, f := range []func() error{
		func() error {
			_, err := w.CreateRole(who, NewRole{Path: "/x/", Name: "lab", Trust: openTrust, Boundary: p.Arn, Session: 7200, Tags: tags})
			return err
		},
		func() error { return w.PutInline(who, RoleKind, "lab", "own", doc) },
		func() error { return w.Attach(who, RoleKind, "lab", p.Arn) },
		func() error { _, err := w.CreateUser(who, NewUser{Name: "eve"}); return err },
		func() error { _, _, err := w.CreateAccessKey(c, "eve"); return err },
		func() error { _, err := w.CreateLoginProfile(c, "eve", true); return err },
		func() error { return w.EnableMFADevice(who, "eve", "arn:aws:iam::111122223333:mfa/eve") },
		func() error { _, err := w.CreateGroup(who, "", "g"); return err },
		func() error { return w.AddUserToGroup(who, "g", "eve") },
		func() error { _, err := w.CreatePolicyVersion(who, p.Arn, doc, true); return err },
		func() error {
			_, err := w.CreateServiceLinkedRole(who, "organizations.amazonaws.com", "", "")
			return err
		},
	} {
		if err := f(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	w.SetNow(w.Now().Add(time.Hour))
	trust := strings.Replace(openTrust, "111122223333", "arn:aws:iam::111122223333:role/x/lab", 1)
	if _, err := w.CreateRole(who, NewRole{Name: "second", Trust: trust}); err != nil {
		t.Fatal(err)
	}
	return w
}

// What IAM keeps is saved, and a world that was read goes on as the first one
// would have.
func TestIAMSnapshot(t *testing.T) {
	w := peopled(t)
	first, err := w.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	r, err := Read(first, w.cfg)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := r.MarshalJSON(); err != nil || !bytes.Equal(first, second) {
		t.Errorf("written, read and written again: %v\n%s\n%s", err, first, second)
	}
	u := w.iam("111122223333").users[0]
	if who, err := r.WhoIs(u.keys[0].id, "", "999999999999"); err != nil || who.Arn != "arn:aws:iam::111122223333:user/eve" {
		t.Errorf("her key is of %+v, %v", who, err)
	}
	if _, err := r.AssumeRole(Caller{Account: "111122223333", Arn: sandboxUser("111122223333")}, NewSession{RoleArn: "arn:aws:iam::111122223333:role/second", Name: "me"}); err == nil {
		t.Error("a fresh role was assumed")
	}
	if err := r.DeleteInline("111122223333", RoleKind, "lab", "own"); err != nil || len(w.iam("111122223333").roles[1].inline) != 1 {
		t.Errorf("two worlds share a role: %v", err)
	}
}

// A file of before there was IAM has roles of another form: they become roles
// with that trust.
func TestOldRoles(t *testing.T) {
	w, err := Read([]byte(`{"version":1,"now":"2026-01-02T03:04:05Z","seq":1,"accounts":[
		{"id":"444455556666","name":"n","email":"a@example.com","created":"2026-01-02T03:04:05Z","roles":[
			{"name":"guarded","externalId":"x-42","trusted":["111122223333"]},{"name":"open"}]}],"organizations":[]}`), Config{})
	if err != nil {
		t.Fatal(err)
	}
	c := Caller{Account: "111122223333", Arn: sandboxUser("111122223333")}
	for _, tt := range []struct {
		role, external string
		ok             bool
	}{{"guarded", "x-42", true}, {"guarded", "", false}, {"open", "", true}} {
		_, err := w.AssumeRole(c, NewSession{RoleArn: "arn:aws:iam::444455556666:role/" + tt.role, Name: "me", ExternalID: tt.external})
		if (err == nil) != tt.ok {
			t.Errorf("%s with %q: %v", tt.role, tt.external, err)
		}
	}
}

func TestLettersOf(t *testing.T) {
	for text, want := range map[string]int{`{ "a" : [ 1 ] }`: 9, `"a b"`: 5, `"\" x" `: 6, "\t\n": 0} {
		if got := lettersOf(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
