package iampolicy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestImpliedBy(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:iam::111122223333:role/a/op":          "aws:PrincipalAccount=111122223333 aws:PrincipalType=AssumedRole",
		"arn:aws:iam::111122223333:user/a/ann":         "aws:PrincipalAccount=111122223333 aws:PrincipalType=User aws:username=ann",
		"arn:aws-cn:iam::111122223333:root":            "aws:PrincipalAccount=111122223333 aws:PrincipalType=Account",
		"arn:aws:sts::111122223333:federated-user/ann": "aws:PrincipalAccount=111122223333 aws:PrincipalType=FederatedUser",
		"arn:aws:iam::*:role/op":                       "aws:PrincipalType=AssumedRole",
		"111122223333":                                 "", "arn:aws:s3:::b": "", "": "", "role/op": "", "arn:aws:iam::111122223333:group/g": "",
	} {
		var got []string
		for _, i := range ImpliedBy(arn) {
			got = append(got, i.Key+"="+i.Value)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("ImpliedBy(%s) = %q, want %s", arn, got, want)
		}
	}
}

func TestImpossibleIn(t *testing.T) {
	type context map[string][]string
	role := []string{"arn:aws:iam::111122223333:role/op"}
	for name, tt := range map[string]struct {
		context context
		want    []string
	}{
		"nothing":            {},
		"a role":             {context{"aws:PrincipalArn": role, "aws:PrincipalAccount": {"111122223333"}, "aws:principaltype": {"AssumedRole"}, "aws:userid": {"AROAX:s"}}, nil},
		"no ARN is given":    {context{"aws:PrincipalAccount": {"1"}, "aws:PrincipalType": {"x"}}, nil},
		"an ARN of nobody":   {context{"aws:PrincipalArn": {"x"}, "aws:PrincipalAccount": {"1"}}, nil},
		"an ARN is missing":  {context{"aws:PrincipalArn": {}, "aws:PrincipalAccount": {"1"}}, nil},
		"a federated user":   {context{"aws:PrincipalArn": {"arn:aws:sts::111122223333:federated-user/ann"}}, nil},
		"a session":          {context{"AWS:principalarn": {"arn:aws:sts::111122223333:assumed-role/op/me"}, "aws:PrincipalAccount": {"1"}}, []string{"AWS:principalarn: write arn:aws:iam::111122223333:role/op, with the role's path"}},
		"a pattern of them":  {context{"aws:PrincipalArn": {"arn:*:sts::*:assumed-role/op/*"}}, []string{"aws:PrincipalArn: write arn:*:iam::*:role/op, with the role's path"}},
		"another account":    {context{"aws:PrincipalArn": role, "AWS:PrincipalAccount": {"444455556666"}}, []string{"AWS:PrincipalAccount: is 111122223333, and here it is 444455556666"}},
		"no account":         {context{"aws:PrincipalArn": role, "aws:PrincipalAccount": {}}, []string{"aws:PrincipalAccount: is 111122223333, and here it is missing"}},
		"two accounts":       {context{"aws:PrincipalArn": role, "aws:PrincipalAccount": {"1", "2"}}, []string{"aws:PrincipalAccount: and here it is 1, 2"}},
		"another type":       {context{"aws:PrincipalArn": role, "aws:PrincipalType": {"User"}}, []string{"aws:PrincipalType: is AssumedRole, and here it is User"}},
		"another user":       {context{"aws:PrincipalArn": {"arn:aws:iam::111122223333:user/ann"}, "aws:username": {"bob"}}, []string{"aws:username: is ann, and here it is bob"}},
		"account and type":   {context{"aws:PrincipalArn": role, "aws:PrincipalType": {"User"}, "aws:PrincipalAccount": {"1"}}, []string{"aws:PrincipalAccount: here it is 1", "aws:PrincipalType: here it is User"}},
		"one of two is none": {context{"aws:PrincipalArn": {role[0], "arn:aws:sts::1:assumed-role/op/me"}}, []string{"aws:PrincipalArn: write arn:aws:iam::1:role/op"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := ImpossibleIn(tt.context)
			if len(got) != len(tt.want) {
				t.Fatalf("%+v, want %q", got, tt.want)
			}
			for i, w := range tt.want {
				key, why, _ := strings.Cut(w, ": ")
				if diff := cmp.Diff(key, got[i].Key); diff != "" || !strings.Contains(got[i].Why, why) {
					t.Errorf("%+v, want %s", got[i], w)
				}
			}
		})
	}
}
