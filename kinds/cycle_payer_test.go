package kinds_test

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/account/types"

	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// payerCycles are the cycles of what a payer has beside its organization and
// its identities.
var payerCycles = map[string]cycle{
	"bucket": {
		base: bucketOf("acme-keep", ""),
		made: twoBuckets(", versioning: true, tags: {course: a}"), make: []string{"+ bucket/acme-bills"},
		changed: twoBuckets(", versioning: false, tags: {course: a}"),
		change:  "~ bucket/acme-bills versioning: true -> false",
		gone:    bucketOf("acme-keep", "") + "safety: {prune: true}\n", remove: []string{}, left: []string{"bucket/acme-bills"},
		twin: func(r *kindtest.Rig) { r.Bucket("acme-bills") },
		withTwin: []string{`!@ bucket/acme-bills tags.course: none -> a, versioning: false -> true` +
			` (blocked: exists, not ours; "adopt: true" on it takes it over)`},
		other:     func(r *kindtest.Rig) { r.Bucket("acme-bills", "reconciler:payer", "other", "reconciler:name", "x") },
		withOther: []string{`!~ bucket/acme-bills tags.course: none -> a, versioning: false -> true` + ownedByOther},
		have:      func(r *kindtest.Rig) int { return len(r.Buckets()) - 1 },
	},
	"bucket-policy": {
		base: bucketOf("acme-bills", ""),
		made: bucketOf("acme-bills", ", statements: ["+statementOf("s3:GetObject")+"]"), make: []string{"+ bucket-policy/acme-bills"},
		changed: bucketOf("acme-bills", ", statements: ["+statementOf("s3:ListBucket")+"]"),
		change:  "~ bucket-policy/acme-bills statement.Pay: " + canonicalOf("s3:GetObject") + " -> " + canonicalOf("s3:ListBucket"),
		gone:    bucketOf("acme-bills", "") + "safety: {prune: true}\n", remove: []string{},
		twin:     func(r *kindtest.Rig) { r.BucketPolicy("acme-bills", statementOf("s3:PutObject")) },
		withTwin: []string{"~ bucket-policy/acme-bills statement.Pay: " + canonicalOf("s3:PutObject") + " -> " + canonicalOf("s3:GetObject")},
		have:     func(r *kindtest.Rig) int { return r.Sids("acme-bills")["Pay"] },
	},
	"contact": {
		base: organizationOnly,
		made: organizationOnly + contactOf("+1 555"), make: []string{"+ contact/BILLING"},
		changed: organizationOnly + contactOf("+2 555"), change: "~ contact/BILLING phone: +1 555 -> +2 555",
		gone: organizationOnly + "contacts: {billing: null}\n", remove: []string{"- contact/BILLING"},
		twin:     func(r *kindtest.Rig) { r.Contact("", types.AlternateContactTypeBilling, "Theirs") },
		withTwin: []string{"~ contact/BILLING name: Theirs -> Bill"},
		have:     func(r *kindtest.Rig) int { return len(r.Contacts("")) },
	},
	"billing-report": {
		base: bucketOf("acme-bills", "") + "billingReports: [{name: keep, bucket: acme-bills}]\n",
		made: reportOf("refreshClosedReports: true"), make: []string{"+ billing-report/costs"},
		changed: reportOf("refreshClosedReports: false"), change: "~ billing-report/costs refreshClosedReports: true -> false",
		gone:   bucketOf("acme-bills", "") + "billingReports: [{name: keep, bucket: acme-bills}]\nsafety: {prune: true}\n",
		remove: []string{"- billing-report/costs"},
		twin:   func(r *kindtest.Rig) { r.Report("costs", "acme-bills") },
		withTwin: []string{"!@ billing-report/costs prefix: theirs -> cur" +
			` (blocked: exists, not ours; "adopt: true" on it takes it over)`},
		other: func(r *kindtest.Rig) {
			r.Report("costs", "acme-bills", "reconciler:payer", "other", "reconciler:name", "x")
		},
		withOther: []string{"!~ billing-report/costs prefix: theirs -> cur" + ownedByOther},
		have:      func(r *kindtest.Rig) int { return len(r.Reports()) - 1 },
	},
	"quota": {
		quota: 10, waits: true,
		base: organizationOnly,
		made: organizationOnly + "quotas: {accounts: 30}\n", make: []string{"~ quota/accounts accounts: 10 -> 30"},
		changed: organizationOnly + "quotas: {accounts: 40}\n", change: "~ quota/accounts accounts: 30 -> 40",
		gone: organizationOnly, remove: []string{},
		twin: func(r *kindtest.Rig) { r.AskQuota(30) }, withTwin: []string{"~ quota/accounts accounts: 10 -> 30"},
		have: func(r *kindtest.Rig) int { return min(1, len(r.QuotaRequests())) },
	},
}

// reportOf has the report that stays, and one more.
func reportOf(more string) string {
	return bucketOf("acme-bills", "") + "billingReports: [{name: keep, bucket: acme-bills}, {name: costs, bucket: acme-bills, " + more + "}]\n"
}

func bucketOf(name, more string) string {
	return organizationOnly + "buckets: [{name: " + name + more + "}]\n"
}

// twoBuckets has the one that stays, and one more.
func twoBuckets(more string) string {
	return organizationOnly + "buckets: [{name: acme-keep}, {name: acme-bills" + more + "}]\n"
}

const statementResource = "arn:aws:s3:::acme-bills"

func statementOf(action string) string {
	return `{"Sid":"Pay","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + kindtest.Account + `:root"},"Action":"` + action +
		`","Resource":["` + statementResource + `","` + statementResource + `/*"]}`
}

func canonicalOf(action string) string {
	return `{"Action":"` + strings.ToLower(action) + `","Effect":"Allow","Principal":{"AWS":"` + kindtest.Account + `"},"Resource":["` +
		statementResource + `","` + statementResource + `/*"],"Sid":"Pay"}`
}

func contactOf(phone string) string {
	return `contacts: {billing: {name: Bill, title: CFO, email: bill@acme.example, phone: "` + phone + "\"}}\n"
}
