package iampolicy

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNarrower(t *testing.T) {
	const (
		all    = `{"Sid":"All","Effect":"Allow","Action":["s3:*","ec2:*"],"Resource":"*"}`
		same   = `{"Effect":"Allow","Resource":["*"],"Action":["EC2:*","s3:*"]}`
		part   = `{"Sid":"All","Effect":"Allow","Action":"s3:*","Resource":"*"}`
		other  = `{"Effect":"Allow","Action":"iam:*","Resource":"*"}`
		never  = `{"Sid":"No","Effect":"Deny","Action":"s3:*","Resource":"*"}`
		gone   = "no longer allows what All allowed"
		denies = "newly denies what No denies"
	)
	for _, tt := range []struct {
		name, before, after string
		want                []string
	}{
		{"the same", trust(all), trust(same), nil},
		{"one more", trust(all), trust(other + "," + all), nil},
		{"a part of it", trust(all), trust(part), []string{gone}},
		{"nothing", trust(all), "", []string{gone}},
		{"from nothing", "", trust(all), nil},
		{"a Deny more", trust(all), trust(all + "," + never), []string{denies}},
		{"a Deny instead", trust(all), trust(never), []string{gone, denies}},
		{"a Deny from nothing", "", trust(never), []string{denies}},
		{"a Deny less", trust(all + "," + never), trust(all), nil},
		{"nameless", trust(other), trust(all), []string{"no longer allows what statement 1 allowed"}},
		{"what is not known yet", trust(all), trust(all + `,{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"${{ role/x.arn }}"}`), nil},
	} {
		if diff := cmp.Diff(tt.want, Narrower([]byte(tt.before), []byte(tt.after))); diff != "" {
			t.Errorf("%s: Narrower (-want +got):\n%s", tt.name, diff)
		}
	}
}
