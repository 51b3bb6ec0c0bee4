package kinds_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

const (
	admins   = "arn:aws:iam::aws:policy/AdministratorAccess"
	readOnly = "arn:aws:iam::aws:policy/ReadOnlyAccess"
	grantAll = `{Version: "2012-10-17", Statement: [{Sid: All, Effect: Allow, Action: "*", Resource: "*"}]}`
	grantTwo = `{Version: "2012-10-17", Statement: [{Sid: All, Effect: Allow, Action: "*", Resource: "*"}, {Sid: More, Effect: Allow, Action: "s3:*", Resource: "*"}]}`
	grantOne = `{Version: "2012-10-17", Statement: [{Sid: More, Effect: Allow, Action: "s3:*", Resource: "*"}]}`
	denySome = `{Version: "2012-10-17", Statement: [{Sid: All, Effect: Allow, Action: "*", Resource: "*"}, {Sid: Never, Effect: Deny, Action: "s3:*", Resource: "*"}]}`
	ownEntry = "inlinePolicies: {in: {document: " + grantAll + "}}, managedPolicies: [" + admins + ", P]"
)

// stripped are changes of what the tool itself works by, each with words of the
// reason that blocks it; those without any are additive, and pass.
var stripped = map[string]struct{ entry, policy, word string }{
	"an inline policy is gone":     {strings.Replace(ownEntry, "document: "+grantAll, "", 1), grantAll, ""}, // replaced below
	"an inline policy is narrowed": {strings.Replace(ownEntry, grantAll, grantOne, 1), grantAll, "in that no longer allows what All allowed"},
	"an inline policy denies":      {strings.Replace(ownEntry, grantAll, denySome, 1), grantAll, "in that newly denies what Never denies"},
	"a new inline policy denies":   {strings.Replace(ownEntry, "in: {document", "no: {document: "+kindtest.Deny("*")+"}, in: {document", 1), grantAll, "no that newly denies"},
	"a policy is detached":         {"inlinePolicies: {in: {document: " + grantAll + "}}, managedPolicies: [P], absent: [" + admins + "]", grantAll, "would lose " + admins},
	"a policy of the file is off":  {"managedPolicies: [" + admins + "], absent: [P]", grantAll, "would lose " + arnOfPayer + ":policy/P"},
	"exclusive, managed":           {"managedPolicies: [P], exclusive: true", grantAll, "would lose " + admins},
	"exclusive, inline":            {"inlinePolicies: {other: {document: " + grantAll + "}}, exclusive: true", grantAll, "would lose its policy in"},
	"a boundary":                   {ownEntry + ", permissionsBoundary: " + readOnly, grantAll, "would be bound by " + readOnly},
	"a policy that denies":         {strings.Replace(ownEntry, "P]", "P, arn:aws:iam::aws:policy/AWSDenyAll]", 1), grantAll, "which denies something"},
	"its policy is narrowed":       {ownEntry, grantOne, "it no longer allows what All allowed, and of what has it: "},
	"its policy denies":            {ownEntry, denySome, "it newly denies what Never denies"},

	"one more statement":        {strings.Replace(ownEntry, grantAll, grantTwo, 1), grantAll, ""},
	"one more inline policy":    {strings.Replace(ownEntry, "in: {document", "more: {document: "+grantOne+"}, in: {document", 1), grantAll, ""},
	"one more policy":           {strings.Replace(ownEntry, "P]", "P, "+readOnly+"]", 1), grantAll, ""},
	"its policy gets more":      {ownEntry, grantTwo, ""},
	"another word for the same": {strings.Replace(ownEntry, grantAll, `{Version: "2012-10-17", Statement: [{Effect: Allow, Action: ["*"], Resource: ["*"]}, {Effect: Allow, Action: "s3:*", Resource: "*"}]}`, 1), grantAll, ""},
}

// TestDanger20TheToolKeepsItsRights has a role and a user that the file manages,
// and by which the tool works: what takes rights from them is blocked until it
// is said, what adds some is not.
func TestDanger20TheToolKeepsItsRights(t *testing.T) {
	gone := stripped["an inline policy is gone"]
	gone.entry, gone.word = strings.Replace(ownEntry, "in: {document: "+grantAll+"}", "in: null", 1), "in that no longer allows what All allowed"
	stripped["an inline policy is gone"] = gone
	for section, why := range map[string]string{"roles": "access.roleArn names it", "users": "reconciler runs as it", "called": "reconciler runs as it"} {
		for name, tt := range stripped {
			t.Run(section+" "+name, func(t *testing.T) {
				kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
					file := ownFile(section)
					r.Apply(file(ownEntry, grantAll))
					become(r, section)
					r.Settled(file(ownEntry, grantAll))
					if tt.word != "" {
						blockedForSelf(r, file(tt.entry, tt.policy), nil, tt.word, why)
						return
					}
					for _, l := range kindtest.Lines(r.Apply(file(tt.entry, tt.policy))) {
						if !strings.HasPrefix(l, "~ ") {
							t.Errorf("plan has %s", l)
						}
					}
					r.Settled(file(tt.entry, tt.policy))
				})
			})
		}
	}
}

// ownFile gives the file with what the tool works by, and the policy P.
func ownFile(section string) func(entry, policy string) string {
	head := keep
	switch section {
	case "roles":
		head += "access: {roleArn: \"" + arnOfPayer + ":role/own\", externalId: abc}\nroles: [{name: own, trust: {accounts: [\"" + kindtest.Account + "\"], externalId: abc}, "
	case "called":
		head += "roles: [{name: own, trust: {accounts: [\"" + kindtest.Account + "\"], externalId: abc}, "
	case "users":
		head += "users: [{name: own, "
	}
	return func(entry, policy string) string {
		return head + entry + "}]\niamPolicies: [{name: P, document: " + policy + "}]\n"
	}
}

// become runs what follows as the role or the user.
func become(r *kindtest.Rig, section string) {
	r.Helper()
	switch section {
	case "called":
		r.As = stscreds.NewAssumeRoleProvider(sts.NewFromConfig(r.Config()), arnOfPayer+":role/own",
			func(o *stscreds.AssumeRoleOptions) { o.ExternalID = aws.String("abc") })
	case "users":
		key := kindtest.Must[*iam.CreateAccessKeyOutput](r)(r.IAM().CreateAccessKey(r.Context(), &iam.CreateAccessKeyInput{UserName: aws.String("own")})).AccessKey
		r.As = credentials.NewStaticCredentialsProvider(*key.AccessKeyId, *key.SecretAccessKey, "")
	}
}

// TestDanger20APolicyOfTheToolIsNotPruned though it left the file: it is not
// taken off a role that the file names, nor deleted where no file names the role.
func TestDanger20APolicyOfTheToolIsNotPruned(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		file := ownFile("roles")
		r.Apply(file("managedPolicies: [P]", grantAll))
		left, _, _ := strings.Cut(file("description: d", grantAll), "iamPolicies")
		r.Apply(left)
		p := r.Plan(prune + left)
		lines := kindtest.Lines(p)
		if len(lines) != 2 || !strings.HasPrefix(lines[0], "!- iam-policy/P (blocked: ") || !strings.HasPrefix(lines[1], "!~ role/own managed.") ||
			!strings.HasSuffix(lines[1], "(blocked: it would lose "+arnOfPayer+":policy/P, and access.roleArn names it; --allow-self lifts this)") {
			t.Errorf("plan %q", lines)
		}
		if _, err := r.TryApply(p); err != nil {
			t.Error(err)
		}
		if _, attached := r.RoleHolds("own"); len(attached) != 1 {
			t.Errorf("attached %v", attached)
		}
		alone := keep + "access: {roleArn: \"" + arnOfPayer + ":role/own\", externalId: abc}\n"
		for _, l := range kindtest.Lines(r.Plan(prune + alone)) {
			if !strings.HasPrefix(l, "!- ") {
				t.Errorf("plan has %s", l)
			}
		}
		kindtest.Must[*iam.UntagRoleOutput](r)(r.IAM().UntagRole(t.Context(), &iam.UntagRoleInput{RoleName: aws.String("own"), TagKeys: []string{"reconciler:payer", "reconciler:name"}}))
		r.Want(r.Plan(prune+alone), "!- iam-policy/P (blocked: of what has it: access.roleArn names it; --allow-self lifts this)")
	})
}

// TestDanger20TheGroupOfTheTool gives the user that the tool runs as its rights:
// it stays in it, and the group keeps them.
func TestDanger20TheGroupOfTheTool(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		users := keep + "users: [{name: own, inlinePolicies: {in: {document: " + grantAll + "}}}, {name: other}]\n"
		file := func(group, policy string) string {
			return users + "groups: [{name: G, " + group + "}]\niamPolicies: [{name: P, document: " + policy + "}]\n"
		}
		body := file("members: [own, other], managedPolicies: [P]", grantAll)
		r.Apply(body)
		become(r, "users")
		r.Settled(body)
		for body, word := range map[string]string{
			file("absentMembers: [own]", grantAll):                           "it would lose its member, and of its member own: reconciler runs as it",
			file("members: [other], exclusive: true", grantAll):              "it would lose its member",
			file("members: [own, other], absent: [P]", grantAll):             "it would lose " + arnOfPayer + ":policy/P, and of its member own",
			file("inlinePolicies: {no: {document: "+denySome+"}}", grantAll): "newly denies what Never denies",
			file("members: [own, other], managedPolicies: [P]", grantOne):    "no longer allows what All allowed",
		} {
			blockedForSelf(r, body, nil, word)
		}
		r.Want(r.Plan(file("absentMembers: [other]", grantAll)), "~ group/G member.other: member -> none")
	})
}
