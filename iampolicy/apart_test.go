package iampolicy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestApart tells regions apart as conditions of several policies do.
func TestApart(t *testing.T) {
	var all []*Policy
	for _, condition := range []string{
		`{"StringNotEquals": {"aws:RequestedRegion": ["eu-west-1", "eu-central-1"]}}`,
		`{"StringLike": {"aws:RequestedRegion": "us-*"}, "Bool": {"aws:SecureTransport": "false"}}`,
	} {
		p, err := Compile([]byte(`{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": ` + condition + `}]}`))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	regions := []string{"us-east-1", "us-west-2", "eu-central-1", "eu-west-1", "ap-south-1", "sa-east-1"}
	if diff := cmp.Diff([]string{"us-east-1", "eu-central-1", "ap-south-1"}, Apart(all, "aws:requestedregion", regions)); diff != "" {
		t.Errorf("apart (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"us-east-1"}, Apart(nil, "aws:requestedregion", regions)); diff != "" {
		t.Errorf("apart where nobody asks (-want +got):\n%s", diff)
	}
	var keys []string
	for _, c := range all[1].Circumstances() {
		if len(keys) == 0 || keys[len(keys)-1] != c.Key {
			keys = append(keys, c.Key)
		}
	}
	if diff := cmp.Diff([]string{"aws:requestedregion", "aws:securetransport"}, keys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}
