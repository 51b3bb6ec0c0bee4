package bucketpolicy

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	mine    = `{"Sid":"Mine","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/v"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`
	theirs  = `{ "Sid":"Theirs","Effect":"Deny","Principal":"*","Action":["s3:*"],"Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"false"}} }`
	nameles = `{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:ListBucket","Resource":"arn:aws:s3:::b","Condition":{"StringLike":{"s3:prefix":"<a>&é"}}}`
)

func compact(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "{ ", "{"), "} }", "}}")
}

func TestMerge(t *testing.T) {
	const head, tail = `{"Statement":[`, `],"Version":"2012-10-17"}`
	for name, tt := range map[string]struct {
		document string
		mine     statements
		want     string
		differs  bool
	}{
		"no policy yet":             {"", statements{"Mine": aws.String(mine)}, head + mine + tail, true},
		"nothing of ours in it":     {`{"Version":"2012-10-17","Statement":[` + theirs + `]}`, statements{"Mine": aws.String(mine)}, head + compact(theirs) + "," + mine + tail, true},
		"ours in another form":      {head + strings.ReplaceAll(mine, `"s3:GetObject"`, `["S3:getobject"]`) + tail, statements{"Mine": aws.String(mine)}, head + strings.ReplaceAll(mine, `"s3:GetObject"`, `["S3:getobject"]`) + tail, false},
		"ours in its place":         {head + strings.ReplaceAll(mine, "GetObject", "*") + "," + theirs + tail, statements{"Mine": aws.String(mine)}, head + mine + "," + compact(theirs) + tail, true},
		"ours twice":                {head + mine + "," + mine + tail, statements{"Mine": aws.String(mine)}, head + mine + tail, true},
		"absent":                    {head + theirs + "," + mine + tail, statements{"Mine": nil}, head + compact(theirs) + tail, true},
		"absent already":            {head + compact(theirs) + tail, statements{"Mine": nil}, head + compact(theirs) + tail, false},
		"nothing is left":           {head + mine + tail, statements{"Mine": nil}, "", true},
		"one statement and no list": {`{"Version":"2012-10-17","Statement":` + compact(theirs) + `}`, statements{"Mine": aws.String(mine)}, head + compact(theirs) + "," + mine + tail, true},
		"without a Sid, escaped":    {head + nameles + tail, statements{"Mine": aws.String(mine)}, head + nameles + "," + mine + tail, true},
		"the Version and Id stay": {`{"Version":"2008-10-17","Id":"P1","Statement":[` + nameles + `]}`, statements{"Mine": aws.String(mine)},
			`{"Id":"P1","Statement":[` + nameles + "," + mine + `],"Version":"2008-10-17"}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, differs, err := merge(tt.document, tt.mine)
			if err != nil || got != tt.want || differs != tt.differs {
				t.Errorf("got %v, %v\n%s\nwant %v\n%s", differs, err, got, tt.differs, tt.want)
			}
		})
	}
	for _, bad := range []string{"notjson", `[]`, `{"Statement":3}`} {
		if got, _, err := merge(bad, statements{"Mine": aws.String(mine)}); err == nil {
			t.Errorf("%s became %s", bad, got)
		}
	}
}
