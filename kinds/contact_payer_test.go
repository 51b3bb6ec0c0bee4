package kinds_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account/types"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

const security = `contacts: {security: {name: Sec, title: CISO, email: sec@acme.example, phone: "+1 555"}}`

// contacts is a payer with a pool that has a contact, an account with none and
// one that says that it must have none.
func withContacts(services string, accounts int) string {
	return "organization: {create: true, trustedServices: [" + services + "]}\nous: [{name: Labs}]\n" +
		"accounts: [{name: plain, email: plain@acme.example, ou: Labs}, {name: bare, email: bare@acme.example, ou: Labs, contacts: {security: null}}]\n" +
		fmt.Sprintf("pools: [{name: s, ou: Labs, ids: {from: 1, count: %d}, account: {name: \"s${{ id }}\", email: \"s${{ id }}@acme.example\", %s}, csv: accounts.csv}]\n", accounts, security)
}

// TestContactsOfMembers follow their accounts, which follow trusted access, in
// one apply; and a plan reads those alone that the file names.
func TestContactsOfMembers(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := withContacts("account.amazonaws.com", 3)
		p := r.Apply(body)
		for _, line := range []string{"+ contact/s1@acme.example/SECURITY", "+ contact/s3@acme.example/SECURITY"} {
			if !slices.Contains(kindtest.Lines(p), line) {
				t.Errorf("plan %q, without %s", kindtest.Lines(p), line)
			}
		}
		r.Sim.ResetCalls()
		r.Settled(body)
		id := func(email string) string { return aws.ToString(r.Accounts()[email].Id) }
		if got := r.Calls()["GetAlternateContact"]; got != 4 { // three, and the one that must be absent
			t.Errorf("%d calls", got)
		}
		r.Equal("contact", r.Contacts(id("s2@acme.example")), map[string]string{"SECURITY": "Sec"})
		r.Contact(id("s2@acme.example"), types.AlternateContactTypeSecurity, "Theirs")
		r.Contact(id("s2@acme.example"), types.AlternateContactTypeBilling, "Theirs")
		r.Contact(id("bare@acme.example"), types.AlternateContactTypeSecurity, "Theirs")
		want(t, "plan", r.Apply(body), []string{"- contact/bare@acme.example/SECURITY",
			"~ contact/s2@acme.example/SECURITY email: bill@acme.example -> sec@acme.example, name: Theirs -> Sec, title: CFO -> CISO"})
		r.Settled(body)
		r.Equal("a contact that the file does not name", r.Contacts(id("s2@acme.example"))["BILLING"], "Theirs")
		r.Close(id("s3@acme.example"))
		r.Sim.ResetCalls()
		if p := r.Plan(body); slices.ContainsFunc(kindtest.Lines(p), func(l string) bool { return strings.Contains(l, "contact/s3") }) {
			t.Errorf("the contact of a closed account: %q", kindtest.Lines(p))
		}
		r.Equal("calls", r.Calls()["GetAlternateContact"], 3)
	})
}

// TestContactsWithoutTrustedAccess says what they need, and asks AWS for none.
func TestContactsWithoutTrustedAccess(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(withContacts("account.amazonaws.com", 1))
		body := strings.Replace(withContacts("sso.amazonaws.com", 1), "]}", "], absent: [account.amazonaws.com]}", 1)
		r.Apply(strings.NewReplacer(", "+security, "", ", contacts: {security: null}", "").Replace(body))
		r.Sim.ResetCalls()
		p := r.Plan(withContacts("sso.amazonaws.com", 1))
		r.Equal("plan", kindtest.Lines(p), []string{"!+ contact/s1@acme.example/SECURITY (blocked: contacts of members need account.amazonaws.com among organization.trustedServices)"})
		r.Equal("calls", r.Calls()["GetAlternateContact"], 0)
		// Nobody says which services are trusted: AWS is asked, and its refusal explained.
		_, err := r.TryPlan(strings.Replace(withContacts("", 1), ", trustedServices: []", "", 1))
		r.Refused(err, "read contact", "GetAlternateContact", "AccessDenied", "account.amazonaws.com among organization.trustedServices")
		// The apply that switches it on writes them.
		r.Apply(withContacts("account.amazonaws.com", 1))
		r.Settled(withContacts("account.amazonaws.com", 1))
	})
}

// TestContactThatIsRefused is that change's failure alone.
func TestContactThatIsRefused(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		p := r.Plan(withContacts("account.amazonaws.com", 2))
		r.Sim.Inject(awssim.Fault{Operation: "PutAlternateContact", Kind: awssim.Deny, Nth: 1})
		a, err := r.TryApply(p)
		r.Refused(err, "PutAlternateContact", "account:PutAlternateContact")
		for i, err := range a.Result.Errs {
			if a.Result.Outcomes[i] != executor.Failed {
				continue
			}
			if text := cloud.Explain(err); cloud.Code(err) != "AccessDeniedException" || strings.Count(text, "request id") != 1 {
				t.Errorf("code %q of %s", cloud.Code(err), text)
			}
		}
		r.Apply(withContacts("account.amazonaws.com", 2))
		r.Settled(withContacts("account.amazonaws.com", 2))
	})
}

// TestContactsThatAreAllRefused end the pass once twenty were refused alike.
func TestContactsThatAreAllRefused(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := "safety: {maxAccountCreates: 40}\n" + withContacts("account.amazonaws.com", 30)
		r.Apply(strings.Replace(body, ", "+security, "", 1))
		p := r.Plan(body)
		r.Sim.Inject(awssim.Fault{Operation: "PutAlternateContact", Kind: awssim.Deny})
		a, _ := r.TryApply(p)
		r.Equal("the end", a.Result.Ended, "20 changes failed alike: AccessDeniedException")
		r.Sim.ClearFaults()
		r.Apply(body)
	})
}
