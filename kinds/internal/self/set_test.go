package self

import (
	"testing"

	"github.com/payer-reconciler/reconciler/spec"
)

const payerID = "111122223333"

func payer() *spec.Payer {
	return &spec.Payer{
		AccountID: payerID,
		Access:    &spec.Access{RoleARN: "arn:aws:iam::" + payerID + ":role/ops/Reconciler"},
		Run:       spec.Run{Caller: "arn:aws:sts::" + payerID + ":assumed-role/Reconciler/reconciler-acme-9f3c0123"},
		Roles: []spec.Role{
			{Name: "vendoradmin", Path: "/", Handoff: true},
			{Name: "Plain", Path: "/"},
		},
		Users: []spec.User{{Name: "vendor", Path: "/v/", Handoff: true}, {Name: "someone", Path: "/"}},
		MemberRoles: []spec.MemberRole{
			{Role: spec.Role{Name: "lab", Handoff: true}, Accounts: []spec.Account{{Email: "A@acme.example"}}},
			{Role: spec.Role{Name: "everywhere", Handoff: true, Path: "/"}, OUs: []string{"Labs"}, StackSet: &spec.StackSet{}, Payer: true},
			{Role: spec.Role{Name: "ours"}, Accounts: []spec.Account{{Email: "a@acme.example"}}},
		},
	}
}

func TestRolesAndUsers(t *testing.T) {
	s := Of(payer())
	for name, want := range map[string]string{
		"Reconciler":  "reconciler runs as it",
		"RECONCILER":  "reconciler runs as it",
		"vendoradmin": "it is handed to a vendor",
		"everywhere":  "it is handed to a vendor",
		"Plain":       "",
		"lab":         "",
		"vendor":      "",
		"":            "",
	} {
		if got := s.Role(name); got != want {
			t.Errorf("Role(%q) = %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{"vendor": "it is handed to a vendor", "someone": "", "Reconciler": "", "": ""} {
		if got := s.User(name); got != want {
			t.Errorf("User(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestCallers(t *testing.T) {
	for _, tt := range []struct {
		caller, role, user string
		want               string
	}{
		{"arn:aws:iam::" + payerID + ":user/team/ops", "", "ops", "reconciler runs as it"},
		{"arn:aws:sts::444455556666:assumed-role/Elsewhere/x", "Elsewhere", "", ""},
		{"arn:aws:iam::" + payerID + ":root", "root", "", ""},
		{"", "Elsewhere", "", ""},
	} {
		p := &spec.Payer{AccountID: payerID, Run: spec.Run{Caller: tt.caller}}
		s := Of(p)
		got := s.Role(tt.role)
		if tt.user != "" {
			got = s.User(tt.user)
		}
		if got != tt.want {
			t.Errorf("caller %s: %q, want %q", tt.caller, got, tt.want)
		}
	}
}

func TestMember(t *testing.T) {
	s := Of(payer())
	a := spec.Account{Email: "a@acme.example", RoleName: "Born", MemberRole: "Way", OU: "Labs/Deep"}
	for _, tt := range []struct {
		account spec.Account
		role    string
		want    string
	}{
		{a, "Way", "reconciler enters the account by it"},
		{a, "way", "reconciler enters the account by it"},
		{a, "Born", "the account was made with it"},
		{a, "lab", "it is handed to a vendor"},
		{a, "everywhere", "it is handed to a vendor"},
		{a, "ours", ""},
		{a, "", ""},
		{spec.Account{Email: "b@acme.example", OU: "Labs"}, "everywhere", "it is handed to a vendor"},
		{spec.Account{Email: "b@acme.example", OU: "Labs2"}, "everywhere", ""},
		{spec.Account{Email: "b@acme.example"}, "lab", ""},
		{spec.Account{Email: "b@acme.example"}, "", ""},
	} {
		if got := s.Member(tt.account, tt.role); got != tt.want {
			t.Errorf("Member(%s in %q, %q) = %q, want %q", tt.account.Email, tt.account.OU, tt.role, got, tt.want)
		}
	}
}

func TestAllowSelfLiftsAll(t *testing.T) {
	p := payer()
	p.Run.AllowSelf = true
	s := Of(p)
	a := spec.Account{Email: "a@acme.example", RoleName: "Born"}
	if got := s.Role("Reconciler") + s.User("vendor") + s.Member(a, "Born") + s.Member(a, "lab"); got != "" {
		t.Errorf("protected under --allow-self: %s", got)
	}
	if got := (Set{}).Member(a, "Born"); got != "" {
		t.Errorf("the zero Set protects: %s", got)
	}
}
