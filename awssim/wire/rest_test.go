package wire

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func s3Request(method, url string) *http.Request {
	r := httptest.NewRequest(method, url, nil)
	r.Header.Set("Authorization", strings.Replace(signed, "%s", "s3", 1))
	return r
}

func TestParseS3(t *testing.T) {
	for _, tt := range []struct{ method, url, want string }{
		{"GET", "http://127.0.0.1:80/?x-id=ListBuckets", "ListBuckets"},
		{"PUT", "http://127.0.0.1/acme", "CreateBucket acme"},
		{"PUT", "http://localhost:8080/acme/", "CreateBucket acme"},
		{"HEAD", "http://[::1]:80/acme", "HeadBucket acme"},
		{"PUT", "http://127.0.0.1/acme?policy", "PutBucketPolicy acme"},
		{"GET", "http://127.0.0.1/acme?policyStatus=", "GetBucketPolicyStatus acme"},
		{"DELETE", "http://127.0.0.1/acme?lifecycle", "DeleteBucketLifecycle acme"},
		{"GET", "http://127.0.0.1/acme?list-type=2&prefix=a", "ListObjectsV2 acme"},
		{"GET", "http://127.0.0.1/acme", "ListObjects acme"},
		{"GET", "http://127.0.0.1/acme?versions", "GetBucket versions acme"},
		{"GET", "http://127.0.0.1/acme/a/b%20c", "GetObject acme a/b c"},
		{"PUT", "http://127.0.0.1/acme/a?partNumber=1&uploadId=x", "PutObject uploadId acme a"},
		{"POST", "http://127.0.0.1/acme/a?uploads", "PostObject uploads acme a"},
		{"GET", "http://acme.localhost:80/a", "GetObject acme a hosted"},
		{"GET", "http://acme.example.localhost/a", "GetObject acme.example a hosted"},
		{"PUT", "http://acme.aws.example/", "CreateBucket acme hosted"},
		{"PUT", "http://aws.example/acme", "CreateBucket acme"},
		{"GET", "https://s3.amazonaws.com/acme?location", "GetBucketLocation acme"},
		{"GET", "https://s3.eu-west-1.amazonaws.com/acme?location", "GetBucketLocation acme"},
		{"GET", "https://a.b.s3.eu-west-1.amazonaws.com/?location", "GetBucketLocation a.b hosted"},
		{"GET", "https://acme.s3-eu-west-1.amazonaws.com/?location", "GetBucketLocation acme hosted"},
	} {
		q, err := Parse(s3Request(tt.method, tt.url), nil)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.TrimSpace(q.Operation + " " + strings.TrimSpace(q.Rest.Bucket+" "+q.Rest.Key))
		if q.Rest.Hosted {
			got += " hosted"
		}
		if q.Service != "s3" || q.Protocol != RestXML || got != tt.want {
			t.Errorf("%s %s: got %q, want %q", tt.method, tt.url, got, tt.want)
		}
	}
}

func TestChunks(t *testing.T) {
	for body, want := range map[string]string{
		"5;chunk-signature=0a\r\nhello\r\n6;chunk-signature=0b\r\n world\r\n0;chunk-signature=0c\r\n\r\n": "hello world",
		"A\r\n0123456789\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n":                                   "0123456789",
		"0\r\n\r\n":            "",
		"no chunks":            "no chunks",
		"5\r\nhel":             "",
		"fffffffffffffff\r\nx": "fffffffffffffff\r\nx",
	} {
		h := http.Header{"X-Amz-Content-Sha256": {"STREAMING-UNSIGNED-PAYLOAD-TRAILER"}}
		if got := string(unchunked(h, []byte(body))); got != want {
			t.Errorf("%q: got %q, want %q", body, got, want)
		}
		if got := string(unchunked(http.Header{}, []byte(body))); got != body {
			t.Errorf("%q changed without being chunked: %q", body, got)
		}
	}
}

func TestDecodeXML(t *testing.T) {
	type document struct {
		Status string `xml:",omitempty"`
		Rule   []struct{ Days *int }
		Tag    []struct{ Key, Value string }
	}
	for text, want := range map[string]bool{
		`<D xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>On</Status></D>`: true,
		`<D><Rule><Days>1</Days></Rule><Rule/></D>`:                                  true,
		`<D><Rule><Days>0</Days></Rule></D>`:                                         true,
		`<D/>`:                                                                       true,
		`<D><State>On</State></D>`:                                                   false,
		`<D><Rule><Weeks>1</Weeks></Rule></D>`:                                       false,
		`<D><Rule><Days>x</Days></Rule></D>`:                                         false,
		`<D><Tag><Key>a</Key><Value/></Tag></D>`:                                     true,
		`<D><Tag><Key>a</Key></Tag></D>`:                                             false,
		`<Other/>`:                                                                   false,
		`<D>`:                                                                        false,
		`not XML`:                                                                    false,
		``:                                                                           false,
	} {
		var d document
		if got := DecodeXML([]byte(text), "D", &d); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}
