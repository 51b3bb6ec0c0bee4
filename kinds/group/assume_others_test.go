package group_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

// put embeds a policy in the group by hand.
func put(r *kindtest.Rig, name, document string) {
	r.Helper()
	kindtest.Must[*iam.PutGroupPolicyOutput](r)(r.IAM().PutGroupPolicy(r.Context(), &iam.PutGroupPolicyInput{
		GroupName: aws.String("G"), PolicyName: &name, PolicyDocument: &document}))
}

// entering is a document that lets assume roles, by their ARNs.
func entering(arns ...string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":["` + strings.Join(arns, `","`) + `"]}]}`
}

// TestAssumeLeavesWhatOthersMade has embedded policies that are much like its own.
func TestAssumeLeavesWhatOthersMade(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(pools(2, enter("pools: [x]")))
		x1 := "arn:aws:iam::" + aws.ToString(r.Accounts()["x1@acme.example"].Id) + ":role/"
		y1 := "arn:aws:iam::" + aws.ToString(r.Accounts()["y1@acme.example"].Id) + ":role/"
		to := strings.TrimSuffix(entering(y1), `"]}]}`)
		others := map[string]string{
			"theirs":            entering(y1 + "NR"),
			"assume-NR":         entering(y1 + "NR"),
			"assume-NR-named":   entering(y1 + "NR"),                           // no account's name
			"assume-NR-Y1":      entering(y1 + "NR"),                           // nor this
			"assume-Other-y1":   entering(y1 + "NR"),                           // another role's name
			"assume-NR-prod":    entering("arn:aws:iam::999988887777:role/NR"), // a stranger's account
			"assume-Other-prod": entering("arn:aws:iam::999988887777:role/Other"),
			"assume-Other-x1":   entering("arn:aws:iam::999988887777:role/Other"),
			"assume-Other-x2":   entering(x1 + "Other"), // another account's name
			"assume-a-y1":       to + `a"]}],"Id":"x"}`,
			"assume-b-y1":       to + `b"],"Sid":"x"}]}`,
			"assume-c-y1":       to + `c"]},{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`,
			"assume-d-y1":       to + `d"],"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}`,
			"assume-e-y1":       strings.Replace(to, "Allow", "Deny", 1) + `e"]}]}`,
			"assume-f-y1":       strings.Replace(to, "AssumeRole", "*", 1) + `f"]}]}`,
			"assume-g-y1":       entering(y1+"g", x1+"g"),
		}
		for name, document := range others {
			put(r, name, document)
		}
		r.Settled(pools(2, enter("pools: [x]")))
		put(r, "assume-NR-y1", entering(y1+"NR"))
		put(r, "assume-Gone-y1", entering(y1+"path/Gone"))
		r.Settled(pools(2, "groups: [{name: G}]\n"))
		r.Apply(pools(2, enter("pools: [x]")))
		made := []string{"assume-NR-x1", "assume-NR-x2"}
		for _, in := range []string{enter("pools: [x]"), "groups: [{name: G, assume: []}]\n"} {
			r.Apply(pools(2, in))
			want := slices.Clone(made)
			for name := range others {
				want = append(want, name)
			}
			slices.Sort(want)
			names, _ := rights(r)
			r.Equal("policies", names, want)
			made = nil
		}
	})
}

// TestAssumeDetachesNoPolicyOfOthers has managed policies attached of the name
// that its own would have.
func TestAssumeDetachesNoPolicyOfOthers(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		mark := []string{"reconciler:payer", "acme", "reconciler:name", "any"}
		r.Apply(pools(2, enter("pools: [x]")))
		x1 := "arn:aws:iam::" + aws.ToString(r.Accounts()["x1@acme.example"].Id) + ":role/"
		every := func(org string) string {
			return strings.Replace(entering("arn:aws:iam::*:role/Every"), `"]}]}`, `"],"Condition":{"StringEquals":{"aws:ResourceOrgID":"`+org+`"}}}]}`, 1)
		}
		r.IAMPolicy("G-assume-Stranger", entering(x1+"Stranger", "arn:aws:iam::999988887777:role/Stranger"), mark...)
		r.IAMPolicy("G-assume-Unmarked", entering(x1+"Unmarked"))
		r.IAMPolicy("G-assume-Every", every("o-strangers00"), mark...)
		r.IAMPolicy("H-assume-Other", entering(x1+"Other"), mark...)
		r.IAMPolicy("G-assume-Ours", entering(x1+"Ours"), mark...)
		org := kindtest.Must[*organizations.DescribeOrganizationOutput](r)(r.Org().DescribeOrganization(t.Context(), nil)).Organization
		r.IAMPolicy("H-assume-Every", every(*org.Id), mark...)
		r.IAMPolicy("G-assume-Each", strings.Replace(every(*org.Id), "role/Every", "role/Each", 1), mark...)
		kept := []string{"G-assume-Every", "G-assume-Stranger", "G-assume-Unmarked", "H-assume-Every", "H-assume-Other"}
		for _, name := range append(slices.Clone(kept), "G-assume-Ours", "G-assume-Each") {
			attach(r, name)
		}
		r.Apply(pools(2, "groups: [{name: G, assume: []}]\n"))
		names, _ := rights(r)
		r.Equal("policies", names, kept)
	})
}
