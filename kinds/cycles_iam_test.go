package kinds_test

import "github.com/payer-reconciler/reconciler/internal/kindtest"

// keep is what stays in the payer while something of IAM comes and goes.
const keep = organizationOnly + "ous: [{name: Keep}]\n"

const prune = "safety: {prune: true}\n"

// there counts what may be nil.
func there[T any](v *T) int {
	if v == nil {
		return 0
	}
	return 1
}

const notOurs = ` (blocked: exists, not ours; "adopt: true" on it takes it over)`

// iamCycles are the cycles of the identities of the payer.
var iamCycles = map[string]cycle{
	"iam-policy": {
		base: keep,
		made: keep + iamPolicy("s3:*"), make: []string{"+ iam-policy/P"},
		changed: keep + iamPolicy("ec2:*"),
		change:  "~ iam-policy/P document: " + kindtest.Granted("s3:*") + " -> " + kindtest.Granted("ec2:*"),
		gone:    keep + prune, remove: []string{"- iam-policy/P"},
		twin:      func(r *kindtest.Rig) { r.IAMPolicy("P", kindtest.Grant("s3:*")) },
		withTwin:  []string{"!@ iam-policy/P tags.course: none -> a" + notOurs},
		other:     func(r *kindtest.Rig) { r.IAMPolicy("P", kindtest.Grant("s3:*"), iamMarkOfOther...) },
		withOther: []string{"!~ iam-policy/P tags.course: none -> a" + ownedByOther},
		have:      func(r *kindtest.Rig) int { return there(r.GetIAMPolicy("P")) },
	},
	"role": {
		base: keep,
		made: keep + role("s3:*"), make: []string{"+ role/R"},
		changed: keep + role("ec2:*"),
		change:  "~ role/R inline.in: " + kindtest.Granted("s3:*") + " -> " + kindtest.Granted("ec2:*"),
		gone:    keep + prune, remove: []string{"- role/R"},
		twin:      func(r *kindtest.Rig) { r.Role("R") },
		withTwin:  []string{"!@ role/R inline.in: none -> " + kindtest.Granted("s3:*") + ", tags.course: none -> a" + notOurs},
		other:     func(r *kindtest.Rig) { r.Role("R", iamMarkOfOther...) },
		withOther: []string{"!~ role/R inline.in: none -> " + kindtest.Granted("s3:*") + ", tags.course: none -> a" + ownedByOther},
		have:      func(r *kindtest.Rig) int { return there(r.GetRole("R")) },
	},
	"user": {
		base: keep,
		made: keep + "users: [{name: U, tags: {course: a}}]\n", make: []string{"+ user/U"},
		changed: keep + "users: [{name: U, tags: {course: b}}]\n", change: "~ user/U tags.course: a -> b",
		gone: keep + prune, remove: []string{"- user/U"},
		twin:      func(r *kindtest.Rig) { r.User("U") },
		withTwin:  []string{"!@ user/U tags.course: none -> a" + notOurs},
		other:     func(r *kindtest.Rig) { r.User("U", iamMarkOfOther...) },
		withOther: []string{"!~ user/U tags.course: none -> a" + ownedByOther},
		have:      func(r *kindtest.Rig) int { return there(r.GetUser("U")) },
	},
	"group": {
		base: keep + "users: [{name: U}]\n",
		made: keep + "users: [{name: U}]\n" + group("s3:*"), make: []string{"+ group/G"},
		changed: keep + "users: [{name: U}]\n" + group("ec2:*"),
		change:  "~ group/G inline.in: " + kindtest.Granted("s3:*") + " -> " + kindtest.Granted("ec2:*"),
		gone:    keep + "users: [{name: U}]\n" + prune, remove: []string{},
		twin:     func(r *kindtest.Rig) { r.Group("G") },
		withTwin: []string{"~ group/G inline.in: none -> " + kindtest.Granted("s3:*") + ", member.U: none -> member"},
		have:     func(r *kindtest.Rig) int { return there(r.GetGroup("G")) },
	},
}

var iamMarkOfOther = []string{"reconciler:payer", "other", "reconciler:name", "x"}

func iamPolicy(action string) string {
	return "iamPolicies: [{name: P, tags: {course: a}, document: " + kindtest.Grant(action) + "}]\n"
}

func role(action string) string {
	return "roles: [{name: R, trust: {services: [ec2.amazonaws.com]}, tags: {course: a}, inlinePolicies: {in: {document: " + kindtest.Grant(action) + "}}}]\n"
}

func group(action string) string {
	return "groups: [{name: G, members: [U], inlinePolicies: {in: {document: " + kindtest.Grant(action) + "}}}]\n"
}
