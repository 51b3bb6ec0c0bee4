package awssim

import (
	"regexp"
	"time"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

var sts = map[string]operation{
	"GetCallerIdentity": {noConflict: true, run: func(_ *world.World, c *call) (any, error) {
		return identityResult{Arn: c.who.Arn, UserID: c.who.UserID, Account: c.who.Account}, nil
	}},
	"AssumeRole": {settles: true, noConflict: true, need: []string{"RoleArn", "RoleSessionName"}, run: assumeRole},
	"GetAccessKeyInfo": {noConflict: true, need: []string{"AccessKeyId"}, run: func(w *world.World, c *call) (any, error) {
		return keyResult{Account: w.AccountOfKey(c.Form.Get("AccessKeyId"), c.issuer)}, nil
	}},
}

type identityResult struct {
	Arn     string
	UserID  string `xml:"UserId"`
	Account string
}

type keyResult struct{ Account string }

// assumeInput holds the members of AssumeRole that make a difference.
type assumeInput struct {
	RoleArn, RoleSessionName, ExternalId, Policy string
	SerialNumber, TokenCode                      string
	DurationSeconds                              int
	PolicyArns                                   []policyArn
}

// policyArn is a PolicyDescriptorType, whose one member is in small letters.
type policyArn struct {
	Arn string `xml:"arn"`
}

type assumeResult struct {
	AssumedRoleUser struct{ AssumedRoleId, Arn string }
	Credentials     struct {
		AccessKeyId, SecretAccessKey, SessionToken, Expiration string
	}
}

// stsRules are the lengths and patterns of the strings in a query.
var stsRules = map[string]rule{
	"RoleArn":         {20, 2048, nil},
	"RoleSessionName": {2, 64, regexp.MustCompile(`^[\w+=,.@-]*$`)},
	"ExternalId":      {2, 1224, regexp.MustCompile(`^[\w+=,.@:/-]*$`)},
	"AccessKeyId":     {16, 128, regexp.MustCompile(`^\w*$`)},
	"SerialNumber":    {9, 256, regexp.MustCompile(`^[\w+=/:,.@-]*$`)},
	"TokenCode":       {6, 6, regexp.MustCompile(`^\d*$`)},
	"Policy":          {1, 2048, nil},
}

func notValid(name string) error {
	return &world.Error{Code: "ValidationError", Message: "1 validation error detected: Value at '" + name + "' failed to satisfy constraint"}
}

// readSTS checks the form that a query is.
func readSTS(c *call, op operation) error {
	for _, n := range op.need {
		if c.Form.Get(n) == "" {
			return notValid(n)
		}
	}
	for name, r := range stsRules {
		if c.Form.Has(name) && r.check(name, c.Form.Get(name)) != nil {
			return notValid(name)
		}
	}
	in, err := readForm[assumeInput](c)
	if err != nil {
		return err
	}
	if n := in.DurationSeconds; c.Form.Has("DurationSeconds") && (n < 900 || n > 43200) {
		return notValid("DurationSeconds")
	}
	return nil
}

func assumeRole(w *world.World, c *call) (any, error) {
	in := input[assumeInput](c)
	ask := world.NewSession{
		RoleArn: in.RoleArn, Name: in.RoleSessionName, ExternalID: in.ExternalId, Policy: in.Policy,
		Duration: time.Duration(in.DurationSeconds) * time.Second, Serial: in.SerialNumber, Code: in.TokenCode,
	}
	for _, p := range in.PolicyArns {
		ask.PolicyArns = append(ask.PolicyArns, p.Arn)
	}
	got, err := w.AssumeRole(c.who, ask)
	if err != nil {
		return nil, err
	}
	var out assumeResult
	out.AssumedRoleUser.AssumedRoleId, out.AssumedRoleUser.Arn = got.RoleID, got.Arn
	out.Credentials.AccessKeyId, out.Credentials.SecretAccessKey = got.AccessKeyID, got.Secret
	out.Credentials.SessionToken = got.Token
	out.Credentials.Expiration = got.Expires.UTC().Format("2006-01-02T15:04:05Z")
	return out, nil
}
