package kinds_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// wholePayer is a payer with something of every kind beside its organization,
// whose quota is to come to n.
func wholePayer(n string) string {
	return "organization: {create: true, trustedServices: [account.amazonaws.com]}\nous: [{name: Keep}, {name: Labs}]\n" +
		"accounts: [{name: sec, email: sec@acme.example, ou: Labs, contacts: {security: {name: Sam, title: CISO, email: sam@acme.example, phone: \"+1 555\"}}}]\n" +
		strings.TrimPrefix(wholeIAM, keep) +
		"memberRoles:\n  - {name: Reader, in: {accounts: [sec]}, description: d, trust: {services: [ec2.amazonaws.com]}, inlinePolicies: {in: {document: " + kindtest.Grant("s3:*") + "}}}\n" +
		"  - {name: Everywhere, in: {ous: [Labs]}, deploy: stackset, trust: {services: [ec2.amazonaws.com]}}\n" +
		"buckets: [{name: acme-bills, versioning: true, publicAccessBlock: true, ownership: BucketOwnerPreferred, encryption: {algorithm: AES256}, tags: {a: b}, " +
		"lifecycle: [{id: tmp, prefix: tmp/, expireAfterDays: 3}], statements: [" + statementOf("s3:GetObject") + "]}]\n" +
		"billingReports: [{name: costs, bucket: acme-bills}]\n" +
		contactOf("+1 555") + "quotas: {accounts: " + n + "}\n"
}

// TestDanger3AFailedReadOfWhatIsThere breaks the first and the last call of
// every operation by which a plan reads a payer that has everything: no plan
// comes of half of it. A member that denies it is that member's line alone.
func TestDanger3AFailedReadOfWhatIsThere(t *testing.T) {
	kindtest.Run(t, awssim.Options{Quota: 10}, func(t *testing.T, r *kindtest.Rig) {
		r.Await(wholePayer("30"))
		r.Settled(wholePayer("30"))
		body := wholePayer("40") + "safety: {prune: true}\n"
		r.Sim.ResetCalls()
		r.Equal("plan", kindtest.Lines(r.Plan(body)), []string{"~ quota/accounts accounts: 30 -> 40"})
		asked := r.Calls()
		for _, operation := range []string{"GetAccountAuthorizationDetails", "GetRole", "HeadBucket", "GetBucketPolicy", "DescribeReportDefinitions", "GetAlternateContact",
			"ListStackSets", "DescribeStackSet", "ListStackInstances", "ListStackSetOperations", "AssumeRole"} {
			if asked[operation] == 0 {
				t.Errorf("a plan never asks %s: %v", operation, asked)
			}
		}
		before := r.Writes()
		for _, operation := range slices.Sorted(maps.Keys(asked)) {
			for _, fault := range []awssim.FaultKind{awssim.ServerError, awssim.Deny, awssim.Drop} {
				for _, nth := range []int{1, asked[operation]} {
					r.Sim.ClearFaults()
					r.Sim.Inject(awssim.Fault{Operation: operation, Kind: fault, Nth: nth, Count: 1000})
					p, err := r.TryPlan(body)
					switch {
					case err != nil && p == nil && strings.Contains(err.Error(), operation):
					case err != nil:
						t.Errorf("%s %d: %s, and the error does not name it: %v", operation, nth, fault, err)
					case fault != awssim.Deny:
						t.Errorf("%s %d: %s, and there is a plan", operation, nth, fault)
					default:
						for _, l := range kindtest.Lines(p) {
							if l != "~ quota/accounts accounts: 30 -> 40" && !strings.HasPrefix(l, "!~ member-role/sec@acme.example/Reader ") && !strings.HasPrefix(l, "!+ member-role/sec@acme.example/Reader ") {
								t.Errorf("%s %d: %s, and the plan has %s", operation, nth, fault, l)
							}
						}
					}
				}
			}
		}
		if n := r.Writes() - before; n != 0 {
			t.Errorf("plans made %d writes", n)
		}
	})
}

// TestDanger3EmptyPagesOfWhatIsThere puts an empty page before the real one of
// every list by which a plan reads a payer that has everything: what is ours and
// wanted is not made again, and what has left the file is still seen.
func TestDanger3EmptyPagesOfWhatIsThere(t *testing.T) {
	kindtest.Run(t, awssim.Options{Quota: 10}, func(t *testing.T, r *kindtest.Rig) {
		r.Await(wholePayer("30"))
		gone := "organization: {create: true, trustedServices: [account.amazonaws.com]}\nous: [{name: Keep}, {name: Labs}]\n" + bucketsOnly
		for _, body := range []string{wholePayer("30"), gone} {
			r.Sim.ClearFaults()
			r.Sim.ResetCalls()
			p := r.Plan(body)
			lines, left, asked := kindtest.Lines(p), kindtest.Left(p), r.Calls()
			if len(lines) != 0 || body == gone && len(left) < 6 {
				t.Errorf("plan %q, left %q", lines, left)
			}
			paged := 0
			for _, operation := range slices.Sorted(maps.Keys(asked)) {
				r.Sim.ClearFaults()
				r.Sim.ResetCalls()
				for n := 1; n <= asked[operation]; n++ { // the page behind it is not counted
					r.Sim.Inject(awssim.Fault{Operation: operation, Kind: awssim.EmptyPage, Nth: 2*n - 1})
				}
				p := r.Plan(body)
				if r.Calls()[operation] > asked[operation] {
					paged++
				}
				r.Equal(operation+": plan", kindtest.Lines(p), lines)
				r.Equal(operation+": left", kindtest.Left(p), left)
			}
			if paged < 8 {
				t.Errorf("only %d lists had an empty page", paged)
			}
		}
	})
}

// bucketsOnly keeps the bucket, so that reports are still looked for.
const bucketsOnly = "buckets: [{name: acme-bills}]\n"
