package kinds_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// handedOver is something of each kind that can be handed over: base is the file
// without it, entry the section with it.
var handedOver = map[string]struct{ base, entry string }{
	"role/R":                         {keep, "roles:\n  - {name: R, handoff: true, " + vendorTrust + "}\n"},
	"user/R":                         {keep, "users:\n  - {name: R, handoff: true, managedPolicies: [arn:aws:iam::aws:policy/ReadOnlyAccess]}\n"},
	"member-role/sec@acme.example/R": {memberBase, "  - {name: R, in: {ous: [Labs]}, handoff: true, " + vendorTrust + "}\n"},
	"stack-set/reconciler-R":         {setBase, "memberRoles:\n  - {name: R, in: {ous: [Labs]}, deploy: stackset, handoff: true, " + vendorTrust + "}\n"},
}

const vendorTrust = "trust: {accounts: [\"117530877863\"], externalId: a1}"

// TestDanger20WhatWasHandedOverLeftTheFile is not pruned, while the file says
// nothing else of it, nor while it is blocked for that.
func TestDanger20WhatWasHandedOverLeftTheFile(t *testing.T) {
	for ref, tt := range handedOver {
		t.Run(ref, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				body := tt.base + tt.entry
				r.Await(body)
				r.Settled(body)
				r.Equal("left", kindtest.Left(r.Plan(tt.base)), []string{ref})
				blockedForSelf(r, prune+tt.base, nil, "- "+ref, "it is handed over; take the tag reconciler:handoff off or set handoff: false first")
				r.Run.AllowSelf = true
				r.Want(r.Plan(prune+tt.base), "- "+ref)
				r.Run.AllowSelf = false

				// Taken back, it is a thing of ours like any other.
				back := strings.Replace(body, "handoff: true", "handoff: false", 1)
				r.Want(r.Plan(back), "~ "+ref+" handoff: true -> none")
				r.Await(back)
				r.Settled(back)
				r.Want(r.Plan(prune+tt.base), "- "+ref)

				// And handed over once more.
				r.Want(r.Plan(body), "~ "+ref+" handoff: none -> true")
				r.Await(body)
				r.Settled(body)
				blockedForSelf(r, prune+tt.base, nil, "- "+ref, "it is handed over")
			})
		})
	}
}

// TestDanger20HandOffIsAMark that is part of ours: what is not ours does not get
// it, and a tag of that name is no difference by itself.
func TestDanger20HandOffIsAMark(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(keep)
		kindtest.Must[*iam.CreateRoleOutput](r)(r.IAM().CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: aws.String("R"),
			AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"117530877863"},"Condition":{"StringEquals":{"sts:ExternalId":"a1"}}}]}`)}))
		body := keep + handedOver["role/R"].entry
		adopted := strings.Replace(body, "handoff: true", "handoff: true, description: d, adopt: true", 1)
		r.Want(r.Apply(adopted), "@ role/R description:  -> d")
		r.Equal("tags", r.RoleTags("R"), map[string]string{})
		r.Settled(adopted)
		own := strings.Replace(body, "handoff: true", "handoff: true, adopt: {own: true}", 1)
		r.Want(r.Apply(own), "@ role/R handoff: none -> true")
		r.Settled(own)
		r.Settled(body)
		r.Equal("tags", len(r.RoleTags("R")), 3)
		if tag := r.RoleTags("R")["reconciler:handoff"]; len(tag) != 32 {
			t.Errorf("the tag is %q", tag)
		}
	})
}

// setTags are the tags of a stack set.
func setTags(r *kindtest.Rig, name string) map[string]string {
	r.Helper()
	out := kindtest.Must[*cloudformation.DescribeStackSetOutput](r)(cloudformation.NewFromConfig(r.Config()).DescribeStackSet(r.Context(),
		&cloudformation.DescribeStackSetInput{StackSetName: &name}))
	tags := map[string]string{}
	for _, t := range out.StackSet.Tags {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags
}
