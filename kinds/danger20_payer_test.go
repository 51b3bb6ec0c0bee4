package kinds_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
)

// blockedForSelf wants that all of a plan but the rest is blocked for our own or
// a vendor's sake and that an apply of it does the rest; and that none of it is
// blocked where the pass allows itself that.
func blockedForSelf(r *kindtest.Rig, body string, rest []string, words ...string) {
	r.Helper()
	r.Run.AllowSelf = false
	p := r.Plan(body)
	lines := kindtest.Lines(p)
	n := 0
	for _, l := range lines {
		if strings.HasPrefix(l, "!") && strings.HasSuffix(l, "; --allow-self lifts this)") {
			n++
			for _, w := range words {
				if !strings.Contains(l, w) {
					r.Errorf("%q is not in %s", w, l)
				}
			}
		}
	}
	if n == 0 || n+len(rest) != len(lines) {
		r.Errorf("plan %q: %d are blocked for our own sake", lines, n)
	}
	before := r.Writes()
	if _, err := r.TryApply(p); err != nil || len(rest) == 0 && r.Writes() != before {
		r.Errorf("apply: %v, %d writes", err, r.Writes()-before)
	}
	r.Run.AllowSelf = true
	free := r.Plan(body)
	for _, l := range kindtest.Lines(free) {
		if strings.HasPrefix(l, "!") {
			r.Errorf("under --allow-self: %s", l)
		}
	}
	toldLifted(r, p, free)
	r.Run.AllowSelf = false
}

// toldLifted wants that each change of a plan that is allowed everything bears
// the reason for which it is blocked in the other, but for the words that end it.
func toldLifted(r *kindtest.Rig, strict, free *reconcile.Planned) {
	r.Helper()
	want, got := map[string]string{}, map[string]string{}
	for _, c := range strict.Plan.Changes {
		if reason, ok := strings.CutSuffix(c.Blocked, "--allow-self lifts this"); ok {
			want[c.Ref.String()] = strings.TrimSuffix(strings.TrimSuffix(reason, "reconciler apply "), "; ")
		}
		if c.Lifted != "" {
			r.Errorf("%s: told as lifted without --allow-self: %s", c.Ref, c.Lifted)
		}
	}
	for _, c := range free.Plan.Changes {
		if c.Lifted != "" {
			got[c.Ref.String()] = c.Lifted
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.Errorf("told as lifted (-want +got):\n%s", diff)
	}
}

const arnOfPayer = "arn:aws:iam::" + kindtest.Account

// TestDanger20OurOwnRole is the one that the pass runs as, though the file does
// not say so: it keeps its trust, and prune does not delete it.
func TestDanger20OurOwnRole(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		made := "roles: [{name: own, path: /ops/, trust: {accounts: [\"" + kindtest.Account + "\"], externalId: a1}}]\n"
		r.Apply(keep + made)
		r.As = stscreds.NewAssumeRoleProvider(sts.NewFromConfig(r.Config()), arnOfPayer+":role/ops/own",
			func(o *stscreds.AssumeRoleOptions) { o.ExternalID = aws.String("a1") })
		blockedForSelf(r, keep+prune, nil, "reconciler runs as it")
		blockedForSelf(r, keep+strings.Replace(made, "a1", "a2", 1), nil, "reconciler runs as it", "a1")
		blockedForSelf(r, keep+strings.Replace(made, "accounts: [\""+kindtest.Account+"\"]", `principals: ["${{ user:fresh.arn }}"]`, 1)+
			"users: [{name: fresh}]\n", []string{"+ user/fresh"}, "reconciler runs as it", "a1")
		r.Run.AllowSelf = true
		want(t, "plan", r.Plan(keep+prune), []string{"- role/own", "- user/fresh"})
	})
}

// TestDanger20OurOwnUser has a key, by which the pass runs: it is not deleted.
func TestDanger20OurOwnUser(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(keep + "users: [{name: own, handoff: true, inlinePolicies: {in: {document: " + kindtest.Grant("*") + "}}}]\n")
		key := kindtest.Must[*iam.CreateAccessKeyOutput](r)(r.IAM().CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: aws.String("own")})).AccessKey
		r.As = credentials.NewStaticCredentialsProvider(*key.AccessKeyId, *key.SecretAccessKey, "")
		p := r.Plan(keep + prune)
		if lines := kindtest.Lines(p); len(lines) != 1 || !strings.HasPrefix(lines[0], "!- user/own ") {
			t.Errorf("plan %q", lines)
		}
	})
}

// TestDanger20AVendorInAMember keeps the trust of a role in members that is
// handed to a vendor.
func TestDanger20AVendorInAMember(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		role := "  - {name: R, in: {ous: [Labs]}, handoff: true, trust: {accounts: [\"117530877863\"], externalId: a1}}\n"
		r.Apply(memberBase + role)
		blockedForSelf(r, memberBase+strings.Replace(role, "a1", "a2", 1), nil, "it is handed to a vendor", "117530877863", "a1")
		blockedForSelf(r, memberBase+strings.Replace(role, `accounts: ["117530877863"]`, `principals: ["${{ role:hub.arn }}"]`, 1)+
			"roles: [{name: hub, trust: {services: [ec2.amazonaws.com]}}]\n", []string{"+ role/hub"}, "it is handed to a vendor", "117530877863")
	})
}

// TestDanger20DeniesInABucketPolicy are not written in whatever form, neither
// against us nor against a vendor.
func TestDanger20DeniesInABucketPolicy(t *testing.T) {
	const role = "roles: [{name: vendor, handoff: true, trust: {accounts: [\"" + kindtest.Account + "\"]}}]\n"
	for name, who := range map[string]string{
		"named":              `Principal: {AWS: "` + arnOfPayer + `:role/vendor"}`,
		"by reference":       `Principal: {AWS: "${{ role:vendor.arn }}"}`,
		"the account":        `Principal: {AWS: "` + kindtest.Account + `"}`,
		"everybody":          `Principal: "*"`,
		"all but another":    `NotPrincipal: {AWS: "` + arnOfPayer + `:user/other"}`,
		"by a condition":     `Principal: "*", Condition: {ArnLike: {"aws:PrincipalArn": "` + arnOfPayer + `:role/vend*"}}`,
		"all but by another": `Principal: "*", Condition: {ArnNotEquals: {"aws:PrincipalArn": "` + arnOfPayer + `:user/other"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply(bucketOf("acme-bills", "") + role)
				kindtest.Must[*iam.CreateUserOutput](r)(r.IAM().CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("other")}))
				body := bucketOf("acme-bills", fmt.Sprintf(`, statements: [{Sid: Out, Effect: Deny, %s, Action: "s3:*", Resource: ["arn:aws:s3:::acme-bills", "arn:aws:s3:::acme-bills/*"]}]`, who)) + role
				blockedForSelf(r, body, nil, "bucket-policy/acme-bills", "role/vendor")
				r.Equal("policy", r.PolicyOf("acme-bills"), "")
				// Not even when it comes with what it shuts out.
				fresh := strings.NewReplacer("vendor", "vendor2", "acme-bills", "acme-bills2", "vend*", "vendor2*").Replace(body)
				line := ""
				for _, l := range kindtest.Lines(r.Plan(fresh)) {
					if strings.Contains(l, "bucket-policy/acme-bills2") {
						line = l
					}
				}
				if !strings.HasPrefix(line, "!") || !strings.HasSuffix(line, "; --allow-self lifts this)") {
					t.Errorf("with a role that is still to be made: %q", line)
				}
			})
		})
	}
}
