package cloud

import (
	"strings"
	"testing"
)

func TestSessionName(t *testing.T) {
	tests := []struct{ payer, commit, want string }{
		{"acme-labs", "9f3c0123456789", "reconciler-acme-labs-9f3c0123"},
		{"acme-labs", "", "reconciler-acme-labs"},
		{"Ümlaut labs/1", "9f3c", "reconciler--mlaut-labs-1-9f3c"},
		{strings.Repeat("x", 90), "9f3c01234", "reconciler-" + strings.Repeat("x", 44) + "-9f3c0123"},
	}
	for _, tt := range tests {
		if got := sessionName(tt.payer, tt.commit); got != tt.want {
			t.Errorf("sessionName(%q, %q) = %q, want %q", tt.payer, tt.commit, got, tt.want)
		}
	}
}

func TestAmazonHost(t *testing.T) {
	tests := map[string]bool{
		"https://organizations.us-east-1.amazonaws.com": true,
		"https://sts.cn-north-1.amazonaws.com.cn":       true,
		"https://sts.us-east-1.api.aws":                 true,
		"http://127.0.0.1:4600":                         false,
		"https://amazonaws.com.example":                 false,
		"https://notamazonaws.com":                      false,
		"":                                              false,
	}
	for endpoint, want := range tests {
		if got := amazonHost(endpoint); got != want {
			t.Errorf("amazonHost(%q) = %v, want %v", endpoint, got, want)
		}
	}
}

func TestRegions(t *testing.T) {
	tests := []struct{ role, home, global string }{
		{"", "us-east-1", "us-east-1"},
		{"arn:aws:iam::111122223333:role/reconciler", "us-east-1", "us-east-1"},
		{"arn:aws-us-gov:iam::111122223333:role/reconciler", "us-gov-west-1", "us-gov-west-1"},
		{"arn:aws-cn:iam::111122223333:role/reconciler", "cn-northwest-1", "cn-northwest-1"},
	}
	for _, tt := range tests {
		home := homeRegion(tt.role)
		if home != tt.home || globalRegion(home) != tt.global {
			t.Errorf("role %q: home %s, global %s, want %s, %s", tt.role, home, globalRegion(home), tt.home, tt.global)
		}
	}
	if got := globalRegion("eu-central-1"); got != "us-east-1" {
		t.Errorf("globalRegion(eu-central-1) = %s, want us-east-1", got)
	}
}
