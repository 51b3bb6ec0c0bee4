package awssim_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/account/types"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/payer-reconciler/reconciler/awssim"
)

// TestContactRules sets contacts as the payer, for itself and for a member, and
// as the member.
func TestContactRules(t *testing.T) {
	r := newRig(t, awssim.Options{})
	r.start()
	id := r.create("member")
	member := on(t, r.sim, id)
	me := aws.String("111122223333")
	put := func(r *rig, id *string, mail string) string {
		return code(err2(r.acct.PutAlternateContact(r.ctx, &account.PutAlternateContactInput{
			AccountId: id, AlternateContactType: types.AlternateContactTypeBilling, Name: aws.String("A"), Title: aws.String("B"), EmailAddress: &mail, PhoneNumber: aws.String("+1 555"),
		})))
	}
	get := func(r *rig, id *string) string {
		out, err := r.acct.GetAlternateContact(r.ctx, &account.GetAlternateContactInput{AccountId: id, AlternateContactType: types.AlternateContactTypeBilling})
		if err != nil {
			return code(err)
		}
		return *out.AlternateContact.EmailAddress
	}
	remove := func(r *rig, id *string) string {
		return code(err2(r.acct.DeleteAlternateContact(r.ctx, &account.DeleteAlternateContactInput{AccountId: id, AlternateContactType: types.AlternateContactTypeBilling})))
	}
	for _, tt := range []struct {
		what, got, want string
	}{
		{"none yet", get(r, nil), "ResourceNotFoundException"},
		{"one's own", put(r, nil, "payer@example.com"), ""},
		{"one's own by its id", put(r, me, "payer@example.com"), "AccessDeniedException"},
		{"a member's without trusted access", put(r, &id, "member@example.com"), "AccessDeniedException"},
		{"trust the service", code(err2(r.org.EnableAWSServiceAccess(r.ctx, &organizations.EnableAWSServiceAccessInput{ServicePrincipal: aws.String("account.amazonaws.com")}))), ""},
		{"a member's that is not there", get(r, &id), "ResourceNotFoundException"},
		{"a member's", put(r, &id, "member@example.com"), ""},
		{"the member sees it", get(member, nil), "member@example.com"},
		{"the payer keeps its own", get(r, nil), "payer@example.com"},
		{"one's own by its id, trusted", get(r, me), "AccessDeniedException"},
		{"an account outside", put(r, aws.String("444455556666"), "x@example.com"), "AccessDeniedException"},
		{"the payer's as a member", put(member, me, "x@example.com"), "AccessDeniedException"},
		{"no address", put(r, nil, "nobody"), "ValidationException"},
		{"remove a member's", remove(r, &id), ""},
		{"remove it again", remove(r, &id), "ResourceNotFoundException"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.what, tt.got, tt.want)
		}
	}
}
