package stackset_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/executor"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/reconcile/tell"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
)

const set = "stack-set/reconciler-Reader"

// head has two units with n accounts each, and a prune where it is asked for.
func head(n int, safety string) string {
	return fmt.Sprintf("organization: {create: true}\nsafety: {maxAccountCreates: 1000%s}\nous: [{name: Labs}, {name: Other}]\npools:\n"+
		"  - {name: l, ou: Labs, ids: {prefix: l, from: 1, count: %d}, csv: l.csv, account: {name: \"${{ id }}\", email: \"${{ id }}@acme.example\"}}\n"+
		"  - {name: o, ou: Other, ids: {prefix: o, from: 1, count: %d}, csv: o.csv, account: {name: \"${{ id }}\", email: \"${{ id }}@acme.example\"}}\n", safety, n, n)
}

// reader is the role, in some units.
func reader(units, more string) string {
	return "memberRoles:\n  - {name: Reader, in: {ous: [" + units + "]" + inMore(more) + "}, deploy: stackset, trust: {accounts: [\"999988887777\"], externalId: old7}" +
		strings.TrimPrefix(more, "payer") + "}\n"
}

func inMore(more string) string {
	if strings.HasPrefix(more, "payer") {
		return ", payer: true"
	}
	return ""
}

func cfn(r *kindtest.Rig) *cloudformation.Client { return cloudformation.NewFromConfig(r.Config()) }

// at is IAM in the account of an address.
func at(r *kindtest.Rig, email string) *iam.Client {
	r.Helper()
	return iam.NewFromConfig(r.ConfigOf(aws.ToString(r.Accounts()[email].Id)))
}

// holders are the accounts, by the name before the @, that have the role.
func holders(r *kindtest.Rig) []string {
	r.Helper()
	names := []string{}
	for email := range r.Accounts() {
		if _, err := at(r, email).GetRole(r.Context(), &iam.GetRoleInput{RoleName: aws.String("Reader")}); err == nil {
			name, _, _ := strings.Cut(email, "@")
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// settle lets all that CloudFormation has under way end.
func settle(r *kindtest.Rig) {
	r.Helper()
	kindtest.Must[*cloudformation.ListStackSetOperationsOutput](r)(cfn(r).ListStackSetOperations(r.Context(),
		&cloudformation.ListStackSetOperationsInput{StackSetName: aws.String("reconciler-Reader")}))
}

func TestStackSetPutsTheRoleIntoUnits(t *testing.T) {
	for _, stack := range []time.Duration{0, 70 * time.Millisecond} {
		t.Run(stack.String(), func(t *testing.T) {
			kindtest.Run(t, awssim.Options{StackTime: stack}, func(t *testing.T, r *kindtest.Rig) {
				r.Apply(head(2, ""))
				body := head(2, "") + reader("Labs", "payer, description: d, handoff: true")
				r.Want(r.Plan(body), "+ role/Reader", "+ "+set)
				r.Apply(body)
				r.Settled(body)
				r.Equal("accounts with the role", holders(r), []string{"l1", "l2"})
				if r.GetRole("Reader") == nil {
					t.Error("the payer has no such role")
				}
				// An account that comes later gets it without a change of ours.
				more := head(3, "") + reader("Labs", "payer, description: d, handoff: true")
				r.Apply(more)
				time.Sleep(time.Second)
				settle(r)
				r.Settled(more)
				r.Equal("accounts with the role", holders(r), []string{"l1", "l2", "l3"})
			})
		})
	}
}

// TestStackSetCalls counts what a plan without changes asks for: a page for a
// hundred stacks, nothing else that grows with the accounts, and no way into any
// of them.
func TestStackSetCalls(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := head(120, "") + reader("Labs", "")
		r.Apply(body)
		settle(r)
		r.Sim.ResetCalls()
		r.Want(r.Plan(body))
		calls := r.Calls()
		got := map[string]int{"AssumeRole": calls["AssumeRole"]}
		for operation, n := range calls {
			if strings.Contains(operation, "Stack") || strings.Contains(operation, "OrganizationsAccess") {
				got[operation] = n
			}
		}
		r.Equal("calls", got, map[string]int{"AssumeRole": 0, "ListStackSets": 1, "DescribeStackSet": 1, "DescribeOrganizationsAccess": 1,
			"ListStackSetOperations": 1, "ListStackInstances": 2})
	})
}

// TestStackSetFailure has the role in one account already: the operation fails
// and names it, and the next apply, when it is gone, heals.
func TestStackSetFailure(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(head(2, ""))
		foreign := aws.ToString(r.Accounts()["l2@acme.example"].Id)
		r.Sim.AddRole(foreign, "Reader", "", "111122223333")
		body := head(2, "") + reader("Labs", ", stackSet: {failureTolerance: 0}")
		_, err := r.TryApply(r.Plan(body))
		r.Refused(err, "create "+set, "is FAILED: 1 accounts failed: "+foreign+": ", "Reader already exists")
		lines := kindtest.Lines(r.Plan(body))
		if len(lines) != 1 || !strings.HasPrefix(lines[0], "~ "+set+" instances: ") || !strings.Contains(lines[0], foreign+" FAILED: ") {
			t.Errorf("plan after a failure: %q", lines)
		}
		name := aws.String("Reader")
		kindtest.Must[*iam.DetachRolePolicyOutput](r)(at(r, "l2@acme.example").DetachRolePolicy(r.Context(), &iam.DetachRolePolicyInput{
			RoleName: name, PolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")}))
		kindtest.Must[*iam.DeleteRoleOutput](r)(at(r, "l2@acme.example").DeleteRole(r.Context(), &iam.DeleteRoleInput{RoleName: name}))
		r.Apply(body)
		r.Settled(body)
		r.Equal("accounts with the role", holders(r), []string{"l1", "l2"})
	})
}

// TestStackSetTolerates lets one account fail: the others get the role, and the
// plan goes on showing the one.
func TestStackSetTolerates(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(head(3, ""))
		r.Sim.AddRole(aws.ToString(r.Accounts()["l1@acme.example"].Id), "Reader", "", "111122223333")
		body := head(3, "") + reader("Labs", ", stackSet: {failureTolerance: \"40%\", maxConcurrent: 5}")
		r.Apply(body)
		if lines := kindtest.Lines(r.Plan(body)); len(lines) != 1 || !strings.HasPrefix(lines[0], "~ "+set+" instances: 1 not current: ") {
			t.Errorf("plan %q", lines)
		}
		if n := r.Calls()["UpdateStackSet"]; n != 0 {
			t.Errorf("%d updates tried the failure again in the same apply", n)
		}
	})
}

// cutter ends a context when AWS has answered an operation.
type cutter struct {
	http.RoundTripper
	operation string
	cut       context.CancelFunc
}

func (c cutter) RoundTrip(q *http.Request) (*http.Response, error) {
	var body []byte
	if q.Body != nil {
		body, _ = io.ReadAll(q.Body) // a buffer of the SDK's own
		q.Body = io.NopCloser(bytes.NewReader(body))
	}
	out, err := c.RoundTripper.RoundTrip(q)
	if strings.Contains(string(body), "Action="+c.operation+"&") {
		c.cut()
	}
	return out, err
}

// TestStackSetIsResumed interrupts an apply while CloudFormation works. The next
// plan finds the operation, and the apply waits for it and makes nothing twice.
func TestStackSetIsResumed(t *testing.T) {
	kindtest.Run(t, awssim.Options{StackTime: 10 * time.Second}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(head(2, ""))
		body := head(2, "") + reader("Labs, Other", "")
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		r.Through = cutter{r.Sim.Transport(), "CreateStackInstances", cancel}
		p := r.Plan(body)
		a, err := p.Apply(ctx, reconcile.ApplyOptions{})
		if err == nil || a.Result.Outcomes[0] != executor.Waiting {
			t.Fatalf("an interrupted apply: %v, %v", err, a.Result.Outcomes)
		}
		r.Through = nil
		lines := kindtest.Lines(r.Plan(body))
		if len(lines) != 1 || !strings.HasPrefix(lines[0], "> "+set) {
			t.Fatalf("plan of what is under way: %q", lines)
		}
		r.Apply(body)
		r.Settled(body)
		r.Equal("accounts with the role", holders(r), []string{"l1", "l2", "o1", "o2"})
		r.Equal("operations", []int{r.Calls()["CreateStackInstances"], r.Calls()["UpdateStackSet"], r.Calls()["CreateStackSet"]}, []int{1, 0, 1})
	})
}

// TestStackSetWaitsForOthers changes the set while accounts that were moved are
// being deployed to.
func TestStackSetWaitsForOthers(t *testing.T) {
	kindtest.Run(t, awssim.Options{StackTime: 200 * time.Millisecond}, func(t *testing.T, r *kindtest.Rig) {
		body := head(2, "") + reader("Labs", "")
		r.Apply(body)
		time.Sleep(2 * time.Second)
		p := r.Plan(head(2, "") + reader("Labs", ", description: new"))
		units := r.UnitIDs(r.Root())
		r.Move(aws.ToString(r.Accounts()["o1@acme.example"].Id), units["Other"], units["Labs"])
		r.Sim.ResetCalls()
		if _, err := r.TryApply(p); err != nil {
			t.Error(err)
		}
		if n := r.Calls()["UpdateStackSet"]; n != 2 {
			t.Errorf("%d updates, want one that AWS refused and one", n)
		}
		time.Sleep(2 * time.Second)
		out := kindtest.Must[*iam.GetRoleOutput](r)(at(r, "o1@acme.example").GetRole(r.Context(), &iam.GetRoleInput{RoleName: aws.String("Reader")}))
		r.Equal("description", aws.ToString(out.Role.Description), "new")
	})
}

// TestStackSetUnitLeavesTheFile takes a unit out of the file: its accounts keep
// the role until prune says otherwise.
func TestStackSetUnitLeavesTheFile(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(head(2, "") + reader("Labs, Other", ""))
		settle(r)
		kept := r.Plan(head(2, "") + reader("Labs", ""))
		r.Want(kept)
		r.Equal("left", kindtest.Left(kept), []string{set + "@ou/Other"})
		pruned := head(2, ", prune: true") + reader("Labs", "")
		p := r.Plan(pruned)
		r.Want(p, "- "+set+"@ou/Other")
		if over := r.Plan(head(2, ", prune: true, maxRemovals: 1") + reader("Labs", "")).Plan.Guards; len(over) != 1 || over[0].Planned != 2 {
			t.Errorf("guards %+v, want each account to count as a removal", over)
		}
		r.Apply(pruned)
		r.Settled(pruned)
		r.Equal("accounts with the role", holders(r), []string{"l1", "l2"})
		// Then the whole of it leaves, with the role in the accounts.
		r.Apply(head(2, ", prune: true"))
		r.Equal("accounts with the role", holders(r), []string{})
		r.Settled(head(2, ", prune: true"))
	})
}

// TestStackSetNeedsItsAccess takes the trusted access away.
func TestStackSetNeedsItsAccess(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := head(1, "") + reader("Labs", "")
		r.Apply(body)
		settle(r)
		kindtest.Must[*organizations.DisableAWSServiceAccessOutput](r)(r.Org().DisableAWSServiceAccess(r.Context(),
			&organizations.DisableAWSServiceAccessInput{ServicePrincipal: aws.String("member.org.stacksets.cloudformation.amazonaws.com")}))
		r.Want(r.Plan(body), "~ "+set+" organizationsAccess: DISABLED -> ENABLED")
		r.Apply(body)
		r.Settled(body)
	})
}

// TestDanger20AStackSetsRoleKeepsItsTrust changes the external id that a vendor
// has been given.
func TestDanger20AStackSetsRoleKeepsItsTrust(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(head(1, "") + reader("Labs", ", handoff: true"))
		settle(r)
		body := strings.Replace(head(1, "")+reader("Labs", ", handoff: true"), "externalId: old7", "externalId: new7", 1)
		lines := kindtest.Lines(r.Plan(body))
		if len(lines) != 1 || !strings.HasPrefix(lines[0], "!~ "+set) || !strings.Contains(lines[0], "handed to a vendor; --allow-self lifts this") {
			t.Errorf("plan %q", lines)
		}
		r.Run = spec.Run{AllowSelf: true}
		r.Apply(body)
		r.Settled(body)
	})
}

// TestDanger20AStackSetsTrustInWhatIsNotMadeYet changes the trust to a role that
// the same plan makes, and whose ARN is not known yet.
func TestDanger20AStackSetsTrustInWhatIsNotMadeYet(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		fresh := "roles: [{name: hub, trust: {services: [ec2.amazonaws.com]}}]\n"
		body := head(1, "") + reader("Labs", ", handoff: true")
		r.Apply(body)
		settle(r)
		vendor := `trust: {accounts: ["999988887777"], externalId: old7}`
		cut := strings.Replace(body, vendor, `trust: {principals: ["${{ role:hub.arn }}"]}`, 1) + fresh
		lines := kindtest.Lines(r.Plan(cut))
		if len(lines) != 2 || lines[0] != "+ role/hub" || !strings.HasPrefix(lines[1], "!~ "+set) || !strings.Contains(lines[1], "999988887777") ||
			!strings.Contains(lines[1], "handed to a vendor; --allow-self lifts this") {
			t.Errorf("plan %q", lines)
		}
		more := strings.Replace(body, vendor, `trust: {accounts: ["999988887777"], principals: ["${{ role:hub.arn }}"], externalId: old7}`, 1) + fresh
		if lines := kindtest.Lines(r.Plan(more)); len(lines) != 2 || !strings.HasPrefix(lines[1], "~ "+set) {
			t.Errorf("plan of one more: %q", lines)
		}
		r.Run = spec.Run{AllowSelf: true}
		r.Apply(cut)
		r.Settled(cut)
	})
}

// TestStackSetOfManyUnits needs more than one operation.
func TestStackSetOfManyUnits(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		var names, ous []string
		for i := range 60 {
			names = append(names, fmt.Sprintf("u%02d", i))
			ous = append(ous, fmt.Sprintf("{name: u%02d}", i))
		}
		base := "organization: {create: true}\nsafety: {prune: true}\nous: [" + strings.Join(ous, ", ") + "]\n"
		body := base + reader(strings.Join(names, ", "), "")
		r.Apply(body)
		r.Settled(body)
		r.Apply(base)
		r.Settled(base)
		r.Equal("operations", []int{r.Calls()["CreateStackInstances"], r.Calls()["DeleteStackInstances"], r.Calls()["DeleteStackSet"]}, []int{2, 2, 1})
	})
}

// TestDanger17AnswersOfAStackSetAreLost loses each answer once: what AWS has done is
// not done twice.
func TestDanger17AnswersOfAStackSetAreLost(t *testing.T) {
	for _, operation := range []string{"CreateStackSet", "CreateStackInstances", "UpdateStackSet", "DeleteStackInstances", "DeleteStackSet", "ActivateOrganizationsAccess"} {
		for _, stack := range []time.Duration{0, 50 * time.Millisecond} {
			t.Run(operation+"/"+stack.String(), func(t *testing.T) {
				kindtest.Run(t, awssim.Options{StackTime: stack}, func(t *testing.T, r *kindtest.Rig) {
					r.Sim.Inject(awssim.Fault{Operation: operation, Nth: 1, Kind: awssim.DropAnswer})
					for _, body := range []string{head(1, "") + reader("Labs", ""), head(1, "") + reader("Labs", ", description: d"), head(1, ", prune: true")} {
						r.Apply(body)
						time.Sleep(time.Second)
					}
					r.Settled(head(1, ", prune: true"))
					r.Equal("accounts with the role", holders(r), []string{})
				})
			})
		}
	}
}

// TestDocumentsAreSpelledAsTheFileHasThem in the template that a plan shows; what
// is compared and sent is in canonical form.
func TestDocumentsAreSpelledAsTheFileHasThem(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := head(1, "") + reader("Labs", ", inlinePolicies: {read: {document: {Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:GetObject\", Resource: \"*\", "+
			"Condition: {StringEquals: {\"aws:RequestedRegion\": eu-west-1}}}]}}}")
		for _, body := range []string{body, strings.Replace(body, "eu-west-1", "eu-west-2", 1)} {
			p, seen := r.Plan(body), false
			for _, c := range report.New(tell.Planned(p.Payer, p, nil)).Payers[0].Changes {
				if c.Ref != set {
					continue
				}
				i := slices.IndexFunc(c.Fields, func(f report.Field) bool { return f.Name == "template" })
				f := c.Fields[i]
				seen = true
				if c.Op == "create" && c.ForeignAccounts != 1 {
					t.Errorf("it lets %v into %d accounts", c.Foreign, c.ForeignAccounts)
				}
				for _, side := range []*string{f.Before, f.After} {
					if side == nil && c.Op == "create" {
						continue
					}
					for _, word := range []string{`"sts:AssumeRole"`, `"s3:GetObject"`, `"aws:RequestedRegion"`} {
						if !strings.Contains(*side, word) {
							t.Errorf("%s has no %s: %s", c.Op, word, *side)
						}
					}
				}
			}
			if !seen {
				t.Errorf("%s is not in the plan", set)
			}
			r.Apply(body)
		}
	})
}
