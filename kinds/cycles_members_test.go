package kinds_test

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// memberBase has an account, and a role in it that stays: an account without
// any is not entered.
const memberBase = organizationOnly + "ous: [{name: Labs}]\naccounts: [{name: sec, email: sec@acme.example, ou: Labs}]\n" +
	"memberRoles:\n  - {name: Keep, in: {accounts: [sec]}, trust: {services: [ec2.amazonaws.com]}}\n"

func memberRole(action string) string {
	return "  - {name: R, in: {ous: [Labs]}, trust: {services: [ec2.amazonaws.com]}, tags: {course: a}, inlinePolicies: {in: {document: " + kindtest.Grant(action) + "}}}\n"
}

// setBase has a unit with an account.
const setBase = organizationOnly + "ous: [{name: Labs}]\naccounts: [{name: sec, email: sec@acme.example, ou: Labs}]\n"

func setRole(action string) string {
	return "memberRoles:\n  - {name: R, in: {ous: [Labs]}, deploy: stackset, trust: {services: [ec2.amazonaws.com]}, tags: {course: a}, inlinePolicies: {in: {document: " + kindtest.Grant(action) + "}}}\n"
}

// setTemplate is what CloudFormation is sent for setRole.
func setTemplate(action string) string {
	return `{"AWSTemplateFormatVersion":"2010-09-09","Description":"The role R","Resources":{"Role":{"Properties":{` +
		`"AssumeRolePolicyDocument":{"Statement":[{"Action":"sts:assumerole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}}],"Version":"2012-10-17"},` +
		`"Path":"/","Policies":[{"PolicyDocument":` + kindtest.Granted(action) + `,"PolicyName":"in"}],"RoleName":"R",` +
		`"Tags":[{"Key":"course","Value":"a"},{"Key":"reconciler:name","Value":"stack-set/reconciler-R"},{"Key":"reconciler:payer","Value":"acme"}]},` +
		`"Type":"AWS::IAM::Role"}}}`
}

// memberCycles are the cycles of what is inside members.
var memberCycles = map[string]cycle{
	"member-role": {
		base: memberBase,
		made: memberBase + memberRole("s3:*"), make: []string{"+ member-role/sec@acme.example/R"},
		changed: memberBase + memberRole("ec2:*"),
		change:  "~ member-role/sec@acme.example/R inline.in: " + kindtest.Granted("s3:*") + " -> " + kindtest.Granted("ec2:*"),
		gone:    memberBase + prune, remove: []string{"- member-role/sec@acme.example/R"},
		twin:     func(r *kindtest.Rig) { putMemberRole(r, "R") },
		withTwin: []string{"!@ member-role/sec@acme.example/R inline.in: none -> " + kindtest.Granted("s3:*") + ", tags.course: none -> a" + notOurs},
		other:    func(r *kindtest.Rig) { putMemberRole(r, "R", iamMarkOfOther...) },
		withOther: []string{
			"!~ member-role/sec@acme.example/R inline.in: none -> " + kindtest.Granted("s3:*") + ", tags.course: none -> a" + ownedByOther},
		have:   func(r *kindtest.Rig) int { return there(memberRoleOf(r, "R")) },
		inside: []string{"AssumeRole"},
	},
	"stack-set": {
		base: setBase,
		made: setBase + setRole("s3:*"), make: []string{"+ stack-set/reconciler-R"},
		changed: setBase + setRole("ec2:*"),
		change:  "~ stack-set/reconciler-R template: " + setTemplate("s3:*") + " -> " + setTemplate("ec2:*"),
		gone:    setBase + prune, remove: []string{"- stack-set/reconciler-R"},
		twin: func(r *kindtest.Rig) { putStackSet(r) },
		withTwin: []string{"!@ stack-set/reconciler-R ous.Labs: none -> deployed, tags.course: none -> a, template: " +
			strings.Replace(setTemplate("s3:*"), "The role R", "Theirs", 1) + " -> " + setTemplate("s3:*") + notOurs},
		other: func(r *kindtest.Rig) { putStackSet(r, iamMarkOfOther...) },
		withOther: []string{"!~ stack-set/reconciler-R ous.Labs: none -> deployed, tags.course: none -> a, template: " +
			strings.Replace(setTemplate("s3:*"), "The role R", "Theirs", 1) + " -> " + setTemplate("s3:*") + ownedByOther},
		have: func(r *kindtest.Rig) int { return len(stackSets(r)) },
	},
}

// inside is IAM in the account sec, as that account itself sees it.
func inside(r *kindtest.Rig) *iam.Client {
	r.Helper()
	return iam.NewFromConfig(r.ConfigOf(aws.ToString(r.Accounts()["sec@acme.example"].Id)))
}

func putMemberRole(r *kindtest.Rig, name string, kv ...string) {
	r.Helper()
	var tags []iamtypes.Tag
	for i := 0; i < len(kv); i += 2 {
		tags = append(tags, iamtypes.Tag{Key: &kv[i], Value: &kv[i+1]})
	}
	kindtest.Must[*iam.CreateRoleOutput](r)(inside(r).CreateRole(r.Context(),
		&iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(kindtest.Machines), Tags: tags}))
}

// memberRoleOf gives a role of the account sec, nil where it has none.
func memberRoleOf(r *kindtest.Rig, name string) *iamtypes.Role {
	r.Helper()
	for _, role := range kindtest.Must[*iam.ListRolesOutput](r)(inside(r).ListRoles(r.Context(), &iam.ListRolesInput{})).Roles {
		if *role.RoleName == name {
			return &role
		}
	}
	return nil
}

func putStackSet(r *kindtest.Rig, kv ...string) {
	r.Helper()
	var tags []cfntypes.Tag
	for i := 0; i < len(kv); i += 2 {
		tags = append(tags, cfntypes.Tag{Key: &kv[i], Value: &kv[i+1]})
	}
	c := cloudformation.NewFromConfig(r.Config())
	kindtest.Must[*cloudformation.ActivateOrganizationsAccessOutput](r)(c.ActivateOrganizationsAccess(r.Context(), &cloudformation.ActivateOrganizationsAccessInput{}))
	kindtest.Must[*cloudformation.CreateStackSetOutput](r)(c.CreateStackSet(r.Context(), &cloudformation.CreateStackSetInput{
		StackSetName: aws.String("reconciler-R"), TemplateBody: aws.String(strings.Replace(setTemplate("s3:*"), "The role R", "Theirs", 1)),
		PermissionModel: cfntypes.PermissionModelsServiceManaged, Capabilities: []cfntypes.Capability{cfntypes.CapabilityCapabilityNamedIam}, Tags: tags,
		AutoDeployment: &cfntypes.AutoDeployment{Enabled: aws.Bool(true), RetainStacksOnAccountRemoval: aws.Bool(false)}}))
}

func stackSets(r *kindtest.Rig) []cfntypes.StackSetSummary {
	r.Helper()
	return kindtest.Must[*cloudformation.ListStackSetsOutput](r)(cloudformation.NewFromConfig(r.Config()).ListStackSets(r.Context(),
		&cloudformation.ListStackSetsInput{Status: cfntypes.StackSetStatusActive})).Summaries
}
