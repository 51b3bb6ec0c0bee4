package iampolicy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCheckPartition(t *testing.T) {
	const says = ": the ARN is of the partition aws, and the account is in aws-us-gov: AWS refuses it"
	for _, tt := range []struct {
		name, doc string
		want      []string
	}{
		{"its own", `{"Statement":{"Principal":{"AWS":["arn:aws-us-gov:iam::111122223333:root","444455556666"]},"Resource":"arn:aws-us-gov:s3:::b"}}`, nil},
		{"any", `{"Statement":[{"Principal":"*","Resource":["*","arn:*:s3:::b","arn:aws*:s3:::b","${{ bucket:b.arn }}"]}]}`, nil},
		{"resource", `{"Statement":[{"Resource":"arn:aws:s3:::b"}]}`, []string{"1:27" + says}},
		{"resources", "{\"Statement\":[{\"Resource\":[\"*\",\n\"arn:aws:s3:::b\"]},{\"NotResource\":[\"arn:aws:s3:::c\"]}]}", []string{"2:1" + says, "2:36" + says}},
		{"principals", `{"Statement":[{"Principal":{"Service":"arn:aws:x","AWS":"arn:aws:iam::111122223333:root"}},{"NotPrincipal":{"AWS":["arn:aws:iam::111122223333:root"]}}]}`,
			[]string{"1:57" + says, "1:116" + says}},
		{"a statement", `{"Sid":"a","Resource":"arn:aws:s3:::b"}`, []string{"1:23" + says}},
		{"conditions", `{"Statement":[{"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/x"}}}]}`, nil},
		{"what is no policy", `{"Statement":7,"Resource":3,"Principal":["arn:aws:iam::111122223333:root"]}`, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range Problems(CheckPartition([]byte(tt.doc), "aws-us-gov")) {
				got = append(got, p.Error())
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("mistakes (-want +got):\n%s", diff)
			}
		})
	}
}
