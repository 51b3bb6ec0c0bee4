package wire

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// Protocol is how a service speaks.
type Protocol uint8

// The protocols of this package.
const (
	JSON Protocol = iota
	Query
	REST
	RestXML
)

// Request is what a client asks, free of its protocol.
type Request struct {
	Service, Operation string
	Protocol           Protocol
	Body               []byte
	Form               url.Values // Query only
	Rest               *Rest      // RestXML only
	Key, Token, Region string     // of the credentials that signed it; Key is empty where none did
}

// ErrNotAWS says that a request is in none of the protocols.
var ErrNotAWS = errors.New("not a request of an AWS service that is simulated")

// targets are the prefixes of X-Amz-Target.
var targets = map[string]string{
	"AWSOrganizationsV20161128":         "organizations",
	"ResourceGroupsTaggingAPI_20170126": "tagging",
	"AWSOrigamiServiceGatewayService":   "cur",
	"ServiceQuotasV20190624":            "servicequotas",
}

// paths are the operations of the REST protocol that are simulated.
var paths = map[string]string{
	"/putAccountName":         "PutAccountName",
	"/getAccountInformation":  "GetAccountInformation",
	"/putAlternateContact":    "PutAlternateContact",
	"/getAlternateContact":    "GetAlternateContact",
	"/deleteAlternateContact": "DeleteAlternateContact",
}

// Parse reads what a request asks for. The error is [ErrNotAWS] where nobody
// can tell.
func Parse(r *http.Request, body []byte) (*Request, error) {
	q := &Request{Body: body}
	var scope string
	q.Key, q.Region, scope = credential(r)
	q.Token = r.Header.Get("X-Amz-Security-Token")
	if q.Token == "" {
		q.Token = r.URL.Query().Get("X-Amz-Security-Token")
	}
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		prefix, op, _ := strings.Cut(target, ".")
		q.Service, q.Operation = targets[prefix], op
		if q.Service == "" {
			return q, ErrNotAWS
		}
		return q, nil
	}
	if op, ok := paths[r.URL.Path]; ok && r.Method == http.MethodPost {
		q.Service, q.Operation, q.Protocol = "account", op, REST
		return q, nil
	}
	if scope == "s3" {
		q.rest(r)
		return q, nil
	}
	if scope == "account" {
		q.Service, q.Operation, q.Protocol = "account", strings.TrimPrefix(r.URL.Path, "/"), REST
		return q, nil
	}
	return q, q.query(r, scope)
}

// credential takes key, region and service out of the credential scope, in
// the header or in a presigned URL.
func credential(r *http.Request) (key, region, service string) {
	scope := r.URL.Query().Get("X-Amz-Credential")
	if _, rest, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		scope, _, _ = strings.Cut(rest, ",")
	}
	p := strings.Split(scope, "/")
	if len(p) != 5 {
		return "", "", ""
	}
	return p[0], p[2], p[3]
}
