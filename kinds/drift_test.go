package kinds_test

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/account"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/google/go-cmp/cmp"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
	"github.com/payer-reconciler/reconciler/planner"
)

const scp = types.PolicyTypeServiceControlPolicy

// whole is a payer with something of every kind.
const whole = `organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY], trustedServices: [account.amazonaws.com, sso.amazonaws.com]}
policies:
  - {name: NoS3, description: Stay away, document: ` + noS3 + `, tags: {level: high}}
  - {name: NoEC2, document: ` + noEC2 + `}
root: {policies: [NoS3]}
ous:
  - {name: Labs, policies: [NoEC2], tags: {course: a}, ous: [{name: Trial}]}
accounts:
  - {name: sec, email: sec@acme.example, ou: Labs/Trial, tags: {owner: ops}}
pools:
  - {name: students, ou: Labs, ids: {from: 1, count: 4}, account: {name: "s${{ id }}", email: "s${{ id }}@acme.example"}, csv: accounts.csv}
safety: {maxNewlyDenied: "100%"} # two policies are put back on everybody
`

const (
	noS3  = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}`
	noEC2 = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"ec2:*","Resource":"*"}]}`
)

// canonical is the form in which documents are compared and shown.
func canonical(action string) string {
	return `{"Statement":[{"Action":"` + action + `","Effect":"Deny","Resource":"*"}],"Version":"2012-10-17"}`
}

// site is what whole has made, by AWS id.
type site struct {
	*kindtest.Rig
	root, labs, trial string
	noS3, noEC2       string
	accounts          map[string]types.Account
}

func newSite(t *testing.T) *site {
	t.Helper()
	r := kindtest.New(t, awssim.Options{})
	r.Apply(whole)
	r.Settled(whole)
	s := &site{Rig: r, root: r.Root(), accounts: r.Accounts()}
	s.labs = r.UnitIDs(s.root)["Labs"]
	s.trial = r.UnitIDs(s.labs)["Trial"]
	policies := r.PolicyIDs(scp)
	s.noS3, s.noEC2 = policies["NoS3"], policies["NoEC2"]
	return s
}

func (s *site) id(email string) string { return aws.ToString(s.accounts[email].Id) }

// TestDriftIsPlannedExactlyAndHealed changes one thing behind the tool's back:
// the plan names that and nothing else, and an apply puts it right.
func TestDriftIsPlannedExactlyAndHealed(t *testing.T) {
	for name, tt := range map[string]struct {
		drift func(s *site)
		want  []string
		after func(s *site)
	}{
		"an SCP is edited": {
			drift: func(s *site) {
				kindtest.Must[*organizations.UpdatePolicyOutput](s.Rig)(s.Org().UpdatePolicy(s.Context(),
					&organizations.UpdatePolicyInput{PolicyId: &s.noS3, Content: aws.String(kindtest.Deny("ec2:*"))}))
			},
			want: []string{`~ policy/NoS3 document: ` + canonical("ec2:*") + ` -> ` + canonical("s3:*")},
		},
		"an SCP is written in another form": {
			drift: func(s *site) {
				kindtest.Must[*organizations.UpdatePolicyOutput](s.Rig)(s.Org().UpdatePolicy(s.Context(),
					&organizations.UpdatePolicyInput{PolicyId: &s.noS3, Content: aws.String(
						` {"Statement":{"Resource":["*"], "Action":["S3:*"],"Effect":"Deny"},"Version":"2012-10-17"}`)}))
			},
			want: []string{},
		},
		"an SCP is renamed": {
			drift: func(s *site) {
				kindtest.Must[*organizations.UpdatePolicyOutput](s.Rig)(s.Org().UpdatePolicy(s.Context(),
					&organizations.UpdatePolicyInput{PolicyId: &s.noS3, Name: aws.String("Theirs"), Description: aws.String("")}))
			},
			want: []string{"~ policy/NoS3 description:  -> Stay away, name: Theirs -> NoS3"},
		},
		"an SCP is detached": {
			drift: func(s *site) { s.Detach(s.noEC2, s.labs) },
			want:  []string{"+ attachment/NoEC2@ou/Labs"},
		},
		"an SCP of ours is attached where the file has it not": {
			drift: func(s *site) { s.Attach(s.noS3, s.trial) },
			want:  []string{"- attachment/NoS3@ou/Labs/Trial"},
		},
		"a foreign SCP is attached": {
			drift: func(s *site) { s.Attach(s.Policy(scp, "aws-guardrails-x", kindtest.Deny("iam:*")), s.labs) },
			want:  []string{},
			after: func(s *site) {
				if got := s.Attached(s.labs, scp); !slices.Contains(got, "aws-guardrails-x") {
					s.Errorf("the foreign policy is off the unit: %q", got)
				}
				p := s.Plan(whole)
				want := []string{"attachment/aws-guardrails-x@ou/Labs", "policy/aws-guardrails-x"}
				if diff := cmp.Diff(want, kindtest.Unmanaged(p)); diff != "" {
					s.Errorf("unmanaged (-want +got):\n%s", diff)
				}
			},
		},
		"an account is moved to the root": {
			drift: func(s *site) { s.Move(s.id("s2@acme.example"), s.labs, s.root) },
			want:  []string{"~ account/s2@acme.example ou: root -> ou/Labs"},
		},
		"an account is moved to a foreign unit": {
			drift: func(s *site) { s.Move(s.id("s2@acme.example"), s.labs, s.Unit(s.trial, "Hidden")) },
			want:  []string{"~ account/s2@acme.example ou: ou/Labs/Trial/Hidden -> ou/Labs"},
		},
		"a unit is renamed": {
			drift: func(s *site) {
				kindtest.Must[*organizations.UpdateOrganizationalUnitOutput](s.Rig)(s.Org().UpdateOrganizationalUnit(s.Context(),
					&organizations.UpdateOrganizationalUnitInput{OrganizationalUnitId: &s.labs, Name: aws.String("Labore")}))
			},
			want: []string{"~ ou/Labs name: Labore -> Labs"},
			after: func(s *site) {
				if got := s.UnitIDs(s.root); got["Labs"] != s.labs || len(got) != 1 {
					s.Errorf("the units are %v, want %s as Labs alone", got, s.labs)
				}
			},
		},
		"an account is renamed": {
			drift: func(s *site) {
				kindtest.Must[*account.PutAccountNameOutput](s.Rig)(account.NewFromConfig(s.Config()).PutAccountName(s.Context(),
					&account.PutAccountNameInput{AccountId: aws.String(s.id("sec@acme.example")), AccountName: aws.String("other")}))
			},
			want: []string{"~ account/sec@acme.example name: other -> sec"},
		},
		"tags are changed and taken off": {
			drift: func(s *site) {
				s.Tag(s.labs, kindtest.Tags("course", "z", "theirs", "stays")...)
				s.Untag(s.noS3, "level")
				s.Tag(s.id("sec@acme.example"), kindtest.Tags("owner", "me")...)
			},
			want: []string{"~ account/sec@acme.example tags.owner: me -> ops", "~ ou/Labs tags.course: z -> a",
				"~ policy/NoS3 tags.level: none -> high"},
			after: func(s *site) {
				if got := s.TagsOf(s.labs); got["theirs"] != "stays" {
					s.Errorf("a foreign tag is gone: %v", got)
				}
			},
		},
		"trusted access is switched off": {
			drift: func(s *site) {
				kindtest.Must[*organizations.DisableAWSServiceAccessOutput](s.Rig)(s.Org().DisableAWSServiceAccess(s.Context(),
					&organizations.DisableAWSServiceAccessInput{ServicePrincipal: aws.String("sso.amazonaws.com")}))
			},
			want: []string{"+ trusted-service/sso.amazonaws.com"},
		},
		"the mark is taken off and nothing else": {
			drift: func(s *site) { s.Untag(s.noS3, "reconciler:payer", "reconciler:name") },
			want:  []string{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t)
				csv := s.Read("accounts.csv")
				tt.drift(s)
				before := s.Writes()
				p := s.Apply(whole)
				want(t, "plan", p, tt.want)
				if len(tt.want) == 0 && s.Writes() != before {
					t.Errorf("%d writes for nothing", s.Writes()-before)
				}
				s.Settled(whole)
				if tt.after != nil {
					tt.after(s)
				}
				if got := s.Read("accounts.csv"); got != csv {
					t.Errorf("the CSV changed to\n%s", got)
				}
			})
		})
	}
}

// TestDanger18TrustedServicesAreAdditive names one service, and leaves the one
// that somebody else switched on.
func TestDanger18TrustedServicesAreAdditive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		r.Organize()
		for _, principal := range []string{"sso.amazonaws.com", "ram.amazonaws.com"} {
			kindtest.Must[*organizations.EnableAWSServiceAccessOutput](r)(r.Org().EnableAWSServiceAccess(t.Context(),
				&organizations.EnableAWSServiceAccessInput{ServicePrincipal: &principal}))
		}
		body := "organization: {trustedServices: [account.amazonaws.com], absent: [ram.amazonaws.com]}\n"
		want(t, "plan", r.Apply(body), []string{"+ trusted-service/account.amazonaws.com", "- trusted-service/ram.amazonaws.com"})
		r.Settled(body)
		got := r.Services()
		slices.Sort(got)
		if diff := cmp.Diff([]string{"account.amazonaws.com", "sso.amazonaws.com"}, got); diff != "" {
			t.Errorf("trusted services (-want +got):\n%s", diff)
		}
	})
}

// TestDanger19APolicyTypeCountsItsAttachments disables a type on which much
// hangs: each attachment is a removal, and the guard holds the plan.
func TestDanger19APolicyTypeCountsItsAttachments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		root := r.Organize()
		r.EnableType(types.PolicyTypeTagPolicy)
		id := r.Policy(types.PolicyTypeTagPolicy, "Cost", `{"tags":{"cost":{"tag_key":{"@@assign":"cost"}}}}`)
		for _, n := range []string{"a", "b", "c", "d", "e"} {
			r.Attach(id, r.Unit(root, n))
		}
		body := "organization: {absent: [TAG_POLICY]}\n"
		p := r.Plan(body)
		want(t, "plan", p, []string{"- policy-type/TAG_POLICY"})
		if len(p.Plan.Guards) != 1 || p.Plan.Guards[0].Name != "maxRemovals" || p.Plan.Guards[0].Planned != 6 {
			t.Errorf("guards %+v, want maxRemovals with the type and its 5 attachments", p.Plan.Guards)
		}
		before := r.Writes()
		if _, err := r.TryApply(p); err == nil || r.Writes() != before {
			t.Errorf("the guarded plan was applied: %v, %d writes", err, r.Writes()-before)
		}
		r.Apply(body + "safety: {maxRemovals: 6}\n")
		r.Settled(body)
		if got := r.EnabledTypes(); slices.Contains(got, "TAG_POLICY") {
			t.Errorf("enabled types %q", got)
		}
	})
}

// TestDanger19AWSsOwnAttachmentsAreNoRemovals disables the type whose default
// policy hangs on every node.
func TestDanger19AWSsOwnAttachmentsAreNoRemovals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := kindtest.New(t, awssim.Options{})
		root := r.Organize()
		r.EnableType(types.PolicyTypeResourceControlPolicy)
		r.Unit(root, "Labs")
		body := "organization: {absent: [RESOURCE_CONTROL_POLICY]}\nsafety: {maxRemovals: 1}\n"
		p := r.Apply(body)
		want(t, "plan", p, []string{"- policy-type/RESOURCE_CONTROL_POLICY"})
		r.Equal("guards", p.Plan.Guards, []planner.Guard(nil)) // more than one removal would break maxRemovals
		r.Settled(body)
	})
}
