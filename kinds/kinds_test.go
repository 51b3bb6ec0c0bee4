package kinds_test

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// cycle is what a kind brings to the tests that every kind passes. Bodies are
// those of payer files; lines are those of kindtest.Lines.
type cycle struct {
	base string   // what must be there before the object is made
	made string   // the same with the object
	make []string // what the plan of made says

	changed string // made with one attribute changed; "" where AWS can change none
	change  string // the one line of its plan

	gone   string   // the file without the object, or with its absence
	remove []string // what that plan says; none where nothing is ever deleted
	left   []string // and what it reports as left

	twin     func(r *kindtest.Rig) // somebody else makes the object, unmarked
	withTwin []string              // what the plan of made says then: "!" where it is refused

	other       func(r *kindtest.Rig) // it is there with the mark of payer "other"; nil where it cannot bear one
	withOther   []string              // what the plan of made says then
	otherRefuse string                // or what its error says

	have func(r *kindtest.Rig) int // how many there are of the object

	quota int  // the accounts that AWS lets the organization have; 0: as many as ever
	waits bool // AWS takes its time over the object, so that applies are repeated

	inside []string // operations that a member may deny: its objects are blocked then, and the pass goes on
}

const organizationOnly = "organization: {create: true}\n"

var markOfOther = kindtest.Tags("reconciler:payer", "other", "reconciler:name", "x")

const ownedByOther = ` (blocked: the mark says that payer "other" owns it)`

// cycles has an entry for every kind of kinds.All.
var cycles = map[string]cycle{
	"organization": {
		made: organizationOnly, make: []string{"+ organization"},
		gone: "", remove: []string{},
		twin: func(r *kindtest.Rig) { r.Organize() }, withTwin: []string{},
		other: func(r *kindtest.Rig) { r.Tag(r.Organize(), markOfOther...) }, otherRefuse: `bears the mark of payer "other"`,
		have: func(r *kindtest.Rig) int {
			return len(kindtest.Must[*organizations.ListRootsOutput](r)(r.Org().ListRoots(r.Context(), &organizations.ListRootsInput{})).Roots)
		},
	},
	"trusted-service": {
		base: organizationOnly,
		made: "organization: {create: true, trustedServices: [sso.amazonaws.com]}\n", make: []string{"+ trusted-service/sso.amazonaws.com"},
		gone: "organization: {create: true, absent: [sso.amazonaws.com]}\n", remove: []string{"- trusted-service/sso.amazonaws.com"},
		twin: func(r *kindtest.Rig) {
			kindtest.Must[*organizations.EnableAWSServiceAccessOutput](r)(r.Org().EnableAWSServiceAccess(r.Context(),
				&organizations.EnableAWSServiceAccessInput{ServicePrincipal: aws.String("sso.amazonaws.com")}))
		}, withTwin: []string{},
		have: func(r *kindtest.Rig) int { return len(r.Services()) },
	},
	"policy-type": {
		base: organizationOnly,
		made: "organization: {create: true, policyTypes: [TAG_POLICY]}\n", make: []string{"+ policy-type/TAG_POLICY"},
		gone: "organization: {create: true, absent: [TAG_POLICY]}\n", remove: []string{"- policy-type/TAG_POLICY"},
		twin: func(r *kindtest.Rig) { r.EnableType(types.PolicyTypeTagPolicy) }, withTwin: []string{},
		have: func(r *kindtest.Rig) int { return len(r.EnabledTypes()) - 1 }, // SCPs come with the organization
	},
	"ou": {
		base: organizationOnly + "ous: [{name: Keep}]\n",
		made: organizationOnly + "ous: [{name: Keep}, {name: Labs, tags: {course: a}}]\n", make: []string{"+ ou/Labs"},
		changed: organizationOnly + "ous: [{name: Keep}, {name: Labs, tags: {course: b}}]\n", change: "~ ou/Labs tags.course: a -> b",
		gone: organizationOnly + "ous: [{name: Keep}]\nsafety: {prune: true}\n", remove: []string{"- ou/Labs"},
		twin: func(r *kindtest.Rig) { r.Unit(r.Root(), "Labs") }, withTwin: []string{"~ ou/Labs tags.course: none -> a"},
		other:     func(r *kindtest.Rig) { r.Unit(r.Root(), "Labs", markOfOther...) },
		withOther: []string{"!~ ou/Labs tags.course: none -> a" + ownedByOther},
		have:      func(r *kindtest.Rig) int { return len(r.UnitIDs(r.Root())) - 1 },
	},
	"policy": {
		base: organizationOnly + "ous: [{name: Keep}]\n",
		made: organizationOnly + "ous: [{name: Keep}]\n" + policyP("Stay away", "s3:*"), make: []string{"+ policy/P"},
		changed: organizationOnly + "ous: [{name: Keep}]\n" + policyP("Keep out", "s3:*"), change: "~ policy/P description: Stay away -> Keep out",
		gone: organizationOnly + "ous: [{name: Keep}]\nsafety: {prune: true}\n", remove: []string{"- policy/P"},
		twin:     func(r *kindtest.Rig) { r.Policy(types.PolicyTypeServiceControlPolicy, "P", kindtest.Deny("s3:*")) },
		withTwin: []string{`!@ policy/P description:  -> Stay away (blocked: exists, not ours; "adopt: true" on it takes it over)`},
		other: func(r *kindtest.Rig) {
			r.Policy(types.PolicyTypeServiceControlPolicy, "P", kindtest.Deny("s3:*"), markOfOther...)
		},
		withOther: []string{"!~ policy/P description:  -> Stay away" + ownedByOther},
		have:      func(r *kindtest.Rig) int { return len(r.PolicyIDs(types.PolicyTypeServiceControlPolicy)) - 1 },
	},
	"attachment": {
		base: organizationOnly + policyP("Stay away", "s3:*") + "ous: [{name: Labs}]\n",
		made: organizationOnly + policyP("Stay away", "s3:*") + "ous: [{name: Labs, policies: [P]}]\n", make: []string{"+ attachment/P@ou/Labs"},
		gone: organizationOnly + policyP("Stay away", "s3:*") + "ous: [{name: Labs}]\n", remove: []string{"- attachment/P@ou/Labs"},
		twin: func(r *kindtest.Rig) {
			r.Attach(r.PolicyIDs(types.PolicyTypeServiceControlPolicy)["P"], r.UnitIDs(r.Root())["Labs"])
		}, withTwin: []string{},
		have: func(r *kindtest.Rig) int {
			return len(r.Attached(r.UnitIDs(r.Root())["Labs"], types.PolicyTypeServiceControlPolicy)) - 1
		},
	},
	"account": {
		base: accountBase, made: accountBase + "accounts: [{name: sec, email: sec@acme.example, ou: Labs, tags: {owner: ops}}]\n",
		make:    []string{"+ account/sec@acme.example"},
		changed: accountBase + "accounts: [{name: security, email: sec@acme.example, ou: Labs, tags: {owner: ops}}]\n",
		change:  "~ account/sec@acme.example name: sec -> security",
		gone:    accountBase + "safety: {prune: true}\n", remove: []string{}, left: []string{"account/sec@acme.example"},
		twin:     func(r *kindtest.Rig) { r.Account("theirs", "sec@acme.example") },
		withTwin: []string{"~ account/sec@acme.example name: theirs -> sec, ou: root -> ou/Labs, tags.owner: none -> ops"},
		other:    func(r *kindtest.Rig) { r.Account("theirs", "sec@acme.example", markOfOther...) },
		withOther: []string{
			"!~ account/sec@acme.example name: theirs -> sec, ou: root -> ou/Labs, tags.owner: none -> ops" + ownedByOther},
		have: func(r *kindtest.Rig) int { return len(r.Accounts()) },
	},
}

const accountBase = "organization: {create: true, trustedServices: [account.amazonaws.com]}\nous: [{name: Labs}]\n"

func policyP(description, action string) string {
	return "policies: [{name: P, description: " + description + ", document: " + kindtest.Deny(action) + "}]\n"
}
