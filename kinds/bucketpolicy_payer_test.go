package kinds_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

const (
	foreignDeny  = `{"Sid":"TLS","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::acme-bills/*"],"Condition":{"Bool":{"aws:SecureTransport":["false"]}}}`
	foreignNoSid = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + kindtest.Account + `:root"},"Action":["s3:ListBucket"],"Resource":"arn:aws:s3:::acme-bills","Condition":{"StringLike":{"s3:prefix":"<a>&é"}}}`
)

// TestForeignStatementsSurvive: what the file does not name stays as it was
// written, through a create, a change and a removal.
func TestForeignStatementsSurvive(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(bucketOf("acme-bills", ""))
		r.BucketPolicy("acme-bills", foreignDeny, foreignNoSid)
		foreign := func(when string) {
			t.Helper()
			for _, s := range []string{foreignDeny, foreignNoSid} {
				if !strings.Contains(r.PolicyOf("acme-bills"), s) {
					t.Errorf("%s the policy is %s, without %s", when, r.PolicyOf("acme-bills"), s)
				}
			}
		}
		for _, action := range []string{"s3:GetObject", "s3:ListBucket"} {
			body := bucketOf("acme-bills", ", statements: ["+statementOf(action)+"]")
			r.Apply(body)
			r.Settled(body)
			foreign(action)
		}
		// Somebody writes a third one while nobody looks.
		r.BucketPolicy("acme-bills", foreignDeny, foreignNoSid, strings.Replace(foreignNoSid, "{", `{"Sid":"Late",`, 1))
		r.Apply(bucketOf("acme-bills", ", statements: ["+statementOf("s3:GetObject")+"]"))
		r.Equal("Sids", r.Sids("acme-bills"), map[string]int{"TLS": 1, "": 1, "Late": 1, "Pay": 1})
		body := bucketOf("acme-bills", ", absent: [Pay, Late]")
		want(t, "plan", r.Apply(body), []string{"~ bucket-policy/acme-bills statement.Late: " +
			`{"Action":"s3:listbucket","Condition":{"StringLike":{"s3:prefix":"<a>&é"}},"Effect":"Allow","Principal":{"AWS":"` + kindtest.Account + `"},"Resource":"arn:aws:s3:::acme-bills","Sid":"Late"}` +
			" -> none, statement.Pay: " + canonicalOf("s3:GetObject") + " -> none"})
		r.Settled(body)
		foreign("in the end")
		r.BucketPolicy("acme-bills", statementOf("s3:GetObject"))
		r.Apply(body)
		r.Settled(body)
		r.Equal("a policy without statements", r.PolicyOf("acme-bills"), "")
	})
}

// TestStatementOfAFreshPrincipal waits for a role that AWS does not know
// everywhere yet, and not for ever.
func TestStatementOfAFreshPrincipal(t *testing.T) {
	body := bucketOf("acme-bills", `, statements: [{Sid: Pay, Effect: Allow, Principal: {AWS: "arn:aws:iam::`+kindtest.Account+
		`:role/fresh"}, Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-bills/*"}]`)
	for _, comes := range []bool{true, false} {
		t.Run(fmt.Sprint("comes ", comes), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply(bucketOf("acme-bills", ""))
				p := r.Plan(body)
				if comes {
					done := make(chan struct{})
					defer func() { <-done }()
					go func() {
						defer close(done)
						time.Sleep(50 * time.Millisecond) // five tries of a session without rates
						r.Sim.AddRole(kindtest.Account, "fresh", "")
					}()
				}
				a, err := r.TryApply(p)
				if comes {
					r.Equal("outcomes", a.Result.Outcomes, []executor.Outcome{executor.Done})
					r.Settled(body)
					return
				}
				r.Refused(err, "PutBucketPolicy", "Invalid principal", "a statement names a role, user or account that is not there")
			})
		})
	}
}

// TestPublicStatementIsRefusedClearly: the refusal is that change's alone.
func TestPublicStatementIsRefusedClearly(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		two := organizationOnly + "buckets: [{name: acme-bills%s}, {name: acme-more}]\n"
		p := r.Plan(fmt.Sprintf(two, `, statements: [{Sid: All, Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::acme-bills/*"}]`))
		_, err := r.TryApply(p)
		r.Refused(err, "PutBucketPolicy", "a statement lets everybody in, which the public access block")
		r.Equal("its code", cloud.Code(err), "AccessDenied")
		r.Equal("the rest is done", len(r.Buckets()), 2)
	})
}

// TestPolicyThatIsTooLong is blocked before anything is called, the statements
// of others counted.
func TestPolicyThatIsTooLong(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(bucketOf("acme-bills", ""))
		var long []string
		for i := range 98 {
			long = append(long, strings.Replace(strings.Replace(foreignDeny, "TLS", fmt.Sprint("S", i), 1), `bills/*"]`, `bills/`+strings.Repeat("x", 50)+`*"]`, 1))
		}
		r.BucketPolicy("acme-bills", long...)
		p := r.Plan(bucketOf("acme-bills", ", statements: ["+statementOf("s3:GetObject")+"]"))
		want(t, "plan", p, []string{fmt.Sprintf("!~ bucket-policy/acme-bills statement.Pay: none -> %s (blocked: the bucket's policy would have %d of 20480 bytes, "+
			"those of statements that the file does not name counted)", canonicalOf("s3:GetObject"), p.Plan.Changes[0].Usage[0].Used)})
	})
}

// TestStatementsWaitForWhatTheyName: bucket, role and policy in one apply, in
// the order in which AWS takes them.
func TestStatementsWaitForWhatTheyName(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := bucketOf("acme-bills", `, statements: [{Sid: Pay, Effect: Allow, Principal: {AWS: "${{ role:vendor.arn }}"}, Action: "s3:GetObject", Resource: "${{ bucket:acme-bills.arn }}/*"}]`) +
			"roles: [{name: vendor, trust: {accounts: [\"" + kindtest.Account + "\"]}}]\n"
		r.Apply(body)
		r.Settled(body)
		if got := r.PolicyOf("acme-bills"); !strings.Contains(got, "arn:aws:iam::"+kindtest.Account+":role/vendor") || !strings.Contains(got, `"arn:aws:s3:::acme-bills/*"`) {
			t.Errorf("the policy is %s", got)
		}
	})
}

// TestDanger20ADenyOfOurselves is not written, be the role there or still to be
// made, unless the pass allows itself that.
func TestDanger20ADenyOfOurselves(t *testing.T) {
	deny := func(principal string) string {
		return bucketOf("acme-bills", `, statements: [{Sid: Out, Effect: Deny, Principal: {AWS: "`+principal+`"}, Action: "s3:*", Resource: "arn:aws:s3:::acme-bills/*"}]`) +
			"roles: [{name: vendor, handoff: true, trust: {accounts: [\"" + kindtest.Account + "\"]}}, {name: other, trust: {accounts: [\"" + kindtest.Account + "\"]}}]\n"
	}
	const arn = "arn:aws:iam::" + kindtest.Account + ":role/vendor"
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		for principal, blocked := range map[string]bool{arn: true, "${{ role:vendor.arn }}": true, "*": true, "${{ role:other.arn }}": false} {
			p := r.Plan(deny(principal))
			i := slices.IndexFunc(kindtest.Lines(p), func(l string) bool { return strings.Contains(l, "bucket-policy/acme-bills") })
			line := kindtest.Lines(p)[i]
			if strings.Contains(line, "(blocked: statement Out denies") != blocked || blocked && !strings.Contains(line, "role/vendor; --allow-self lifts this") && principal != "*" {
				t.Errorf("%s: %s", principal, line)
			}
		}
		r.Run.AllowSelf = true
		r.Apply(deny("${{ role:vendor.arn }}"))
	})
}

// TestStatementOfADeletedPrincipal: S3 takes back no policy that has one, so
// the plan says which statement it is, until the file takes that out.
func TestStatementOfADeletedPrincipal(t *testing.T) {
	for form, sid := range map[string]string{"by its Sid": `"Sid":"Partner",`, "by its place": ""} {
		t.Run(form, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply(bucketOf("acme-bills", ""))
				r.Role("partner")
				r.BucketPolicy("acme-bills", foreignDeny, `{`+sid+`"Effect":"Allow","Principal":{"AWS":["`+kindtest.Account+
					`","arn:aws:iam::`+kindtest.Account+`:role/partner"]},"Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-bills/*"}`)
				body := bucketOf("acme-bills", ", statements: ["+statementOf("s3:GetObject")+"]")
				late := r.Plan(body)
				kindtest.Must[*iam.DeleteRoleOutput](r)(r.IAM().DeleteRole(r.Context(), &iam.DeleteRoleInput{RoleName: aws.String("partner")}))
				id := regexp.MustCompile("AROA[A-Z0-9]+").FindString(r.PolicyOf("acme-bills"))
				why := "statement 2 of the bucket's policy, which has no Sid, names " + id
				if sid != "" {
					why = "the statement Partner, which the file does not name, names " + id
				}
				why += ", a role or user that was deleted, and S3 takes no such policy: take the principal out in S3"
				if sid != "" {
					why += ", or put Partner among the bucket's `absent`"
				}
				r.Sim.ResetCalls()
				_, err := r.TryApply(late) // of a plan that is older
				r.Refused(err, why)
				p := r.Plan(body)
				want(t, "plan", p, []string{"!~ bucket-policy/acme-bills statement.Pay: none -> " + canonicalOf("s3:GetObject") + " (blocked: " + why + ")"})
				if _, err := r.TryApply(p); err != nil {
					t.Error(err)
				}
				r.Equal("tries", r.Calls()["PutBucketPolicy"], 0)
				r.Want(r.Plan(bucketOf("acme-bills", ""))) // nothing is asked of it
				if sid != "" {
					body = bucketOf("acme-bills", ", absent: [Partner], statements: ["+statementOf("s3:GetObject")+"]")
					r.Apply(body)
					r.Settled(body)
					r.Equal("Sids", r.Sids("acme-bills"), map[string]int{"TLS": 1, "Pay": 1})
				}
			})
		})
	}
}
