package world

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
)

// maxBucketPolicy is the size of a bucket's policy in bytes.
const maxBucketPolicy = 20 << 10

func malformedPolicy(format string, args ...any) *Error {
	return refuse("MalformedPolicy", format, args...)
}

// bucketStatement is a statement of a bucket's policy, read.
type bucketStatement struct {
	sid, effect        string
	any                bool                // the principal is everybody, by * or by AWS: *
	not                bool                // it is NotPrincipal
	principals         map[string][]string // AWS, Service, Federated, CanonicalUser
	actions, resources []string
	notAction, notRes  bool
	conditions         map[string]map[string][]string
}

// PutBucketPolicy replaces the policy of a bucket. What is public is refused
// where the bucket blocks that.
func (w *World) PutBucketPolicy(a Ask, document string) error {
	b, err := w.open(a, "s3:PutBucketPolicy")
	if err != nil {
		return err
	}
	statements, err := readBucketPolicy(document)
	if err != nil {
		return err
	}
	for _, s := range statements {
		if err := s.check(b); err != nil {
			return err
		}
		if err := w.checkPrincipals(s); err != nil {
			return err
		}
	}
	if b.Block != nil && b.Block.BlockPublicPolicy && public(statements) {
		return refuse("AccessDenied", "User: %s is not authorized to perform: s3:PutBucketPolicy on resource: \"%s\" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.", a.Caller.Arn, b.arn())
	}
	b.Policy, b.Bound = stored(document), w.bound(statements)
	return nil
}

// GetBucketPolicy tells the policy as S3 keeps it: without white space, and
// with the ARN of an account where its bare id stood. A role or a user that is
// gone shows as its id.
func (w *World) GetBucketPolicy(a Ask) (string, error) {
	b, err := w.open(a, "s3:GetBucketPolicy")
	if err != nil {
		return "", err
	}
	if b.Policy == "" {
		return "", refuse("NoSuchBucketPolicy", "The bucket policy does not exist")
	}
	return w.shownPolicy(b), nil
}

// DeleteBucketPolicy takes the policy away; that there was none is no mistake.
func (w *World) DeleteBucketPolicy(a Ask) error {
	b, err := w.open(a, "s3:DeleteBucketPolicy")
	if err == nil {
		b.Policy, b.Bound = "", nil
	}
	return err
}

// GetBucketPolicyStatus tells whether the policy makes the bucket public.
func (w *World) GetBucketPolicyStatus(a Ask) (bool, error) {
	b, err := w.open(a, "s3:GetBucketPolicyStatus")
	if err != nil {
		return false, err
	}
	if b.Policy == "" {
		return false, refuse("NoSuchBucketPolicy", "The bucket policy does not exist")
	}
	statements, err := readBucketPolicy(b.Policy)
	return public(statements), err
}

// readBucketPolicy reads a document and its statements, and looks at their
// form.
func readBucketPolicy(document string) ([]bucketStatement, error) {
	if len(document) > maxBucketPolicy {
		return nil, malformedPolicy("Normalized policy document exceeds the maximum allowed size of %d bytes.", maxBucketPolicy)
	}
	dec := json.NewDecoder(strings.NewReader(document))
	var top map[string]json.RawMessage
	err := dec.Decode(&top)
	if _, more := dec.Token(); err != nil || top == nil || more != io.EOF {
		return nil, malformedPolicy("Policies must be valid JSON and the first byte must be '{'")
	}
	for k := range top {
		if k != "Version" && k != "Id" && k != "Statement" {
			return nil, malformedPolicy("Unknown field %s", k)
		}
	}
	if v, ok := top["Version"]; ok && string(v) != `"2012-10-17"` && string(v) != `"2008-10-17"` {
		return nil, malformedPolicy("The policy must contain a valid version string")
	}
	many, err := each(top["Statement"])
	if err != nil {
		return nil, err
	}
	var out []bucketStatement
	sids := map[string]bool{}
	for _, raw := range many {
		s, err := readBucketStatement(raw)
		if err != nil {
			return nil, err
		}
		if s.sid != "" && sids[s.sid] {
			return nil, malformedPolicy("Statement IDs (SID) in a single policy must be unique.")
		}
		sids[s.sid] = true
		out = append(out, s)
	}
	return out, nil
}

// each splits a Statement, which is one or a list.
func each(raw json.RawMessage) ([]map[string]json.RawMessage, error) {
	if raw == nil {
		return nil, malformedPolicy("Missing required field Statement")
	}
	var many []map[string]json.RawMessage
	if json.Unmarshal(raw, &many) != nil {
		var one map[string]json.RawMessage
		if json.Unmarshal(raw, &one) != nil || one == nil {
			return nil, malformedPolicy("Invalid policy syntax.")
		}
		many = append(many, one)
	}
	if len(many) == 0 {
		return nil, malformedPolicy("Could not parse the policy: Statement is empty!")
	}
	return many, nil
}

// oneOf takes the element of a pair, of which exactly one must stand there.
func oneOf(s map[string]json.RawMessage, name string) (raw json.RawMessage, not bool, err error) {
	yes, no := s[name], s["Not"+name]
	switch {
	case yes == nil && no == nil:
		return nil, false, malformedPolicy("Missing required field %s", name)
	case yes != nil && no != nil:
		return nil, false, malformedPolicy("Statement must not have both %s and Not%s", name, name)
	}
	return append(yes, no...), no != nil, nil
}

// texts reads a string or a list of strings; a number and a truth value count
// as text where any is set.
func texts(raw json.RawMessage, any bool) ([]string, bool) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	out := make([]string, 0, len(list))
	for _, r := range list {
		var s string
		if json.Unmarshal(r, &s) != nil {
			if r = bytes.TrimSpace(r); !any || len(r) == 0 || r[0] == '{' || r[0] == '[' || string(r) == "null" {
				return nil, false
			}
			s = string(r)
		}
		out = append(out, s)
	}
	return out, len(out) > 0
}

var bucketElements = map[string]bool{
	"Sid": true, "Effect": true, "Principal": true, "NotPrincipal": true, "Action": true, "NotAction": true,
	"Resource": true, "NotResource": true, "Condition": true,
}

func readBucketStatement(raw map[string]json.RawMessage) (s bucketStatement, err error) {
	if raw == nil {
		return s, malformedPolicy("Invalid policy syntax.")
	}
	for k := range raw {
		if !bucketElements[k] {
			return s, malformedPolicy("Unknown field %s", k)
		}
	}
	if v, ok := raw["Sid"]; ok && json.Unmarshal(v, &s.sid) != nil {
		return s, malformedPolicy("Invalid policy syntax.")
	}
	if raw["Effect"] == nil {
		return s, malformedPolicy("Missing required field Effect")
	}
	if json.Unmarshal(raw["Effect"], &s.effect) != nil || s.effect != "Allow" && s.effect != "Deny" {
		return s, malformedPolicy("Invalid effect: %s", s.effect)
	}
	if err := s.readPrincipal(raw); err != nil {
		return s, err
	}
	action, not, err := oneOf(raw, "Action")
	if err != nil {
		return s, err
	}
	var ok bool
	if s.actions, ok = texts(action, false); !ok {
		return s, malformedPolicy("Policy has invalid action")
	}
	s.notAction = not
	resource, not, err := oneOf(raw, "Resource")
	if err != nil {
		return s, err
	}
	if s.resources, ok = texts(resource, false); !ok {
		return s, malformedPolicy("Policy has invalid resource")
	}
	s.notRes = not
	return s, s.readConditions(raw["Condition"])
}

func (s *bucketStatement) readPrincipal(raw map[string]json.RawMessage) error {
	p, not, err := oneOf(raw, "Principal")
	if err != nil {
		return err
	}
	if s.not = not; not && s.effect == "Allow" {
		return malformedPolicy("Allow with NotPrincipal is not allowed.")
	}
	var star string
	if json.Unmarshal(p, &star) == nil {
		if s.any = star == "*"; !s.any {
			return malformedPolicy("Invalid principal in policy")
		}
		return nil
	}
	var kinds map[string]json.RawMessage
	if json.Unmarshal(p, &kinds) != nil || len(kinds) == 0 {
		return malformedPolicy("Invalid policy syntax.")
	}
	s.principals = map[string][]string{}
	for kind, v := range kinds {
		list, ok := texts(v, false)
		if !ok || kind != "AWS" && kind != "Service" && kind != "Federated" && kind != "CanonicalUser" {
			return malformedPolicy("Invalid principal in policy")
		}
		for _, x := range list {
			s.any = s.any || kind == "AWS" && x == "*"
		}
		s.principals[kind] = list
	}
	return nil
}

func (s *bucketStatement) readConditions(raw json.RawMessage) error {
	if raw == nil {
		return nil
	}
	var blocks map[string]map[string]json.RawMessage
	if json.Unmarshal(raw, &blocks) != nil {
		return malformedPolicy("Invalid policy syntax.")
	}
	s.conditions = map[string]map[string][]string{}
	for op, keys := range blocks {
		if !knownOperator(op) {
			return malformedPolicy("Invalid Condition type : %s", op)
		}
		s.conditions[op] = map[string][]string{}
		for k, v := range keys {
			list, ok := texts(v, true)
			if head, _, found := strings.Cut(k, ":"); !found || head != "aws" && head != "s3" && head != "kms" && head != "sts" && head != "saml" {
				return malformedPolicy("Policy has an invalid condition key")
			}
			if !ok {
				return malformedPolicy("Invalid policy syntax.")
			}
			s.conditions[op][k] = list
		}
	}
	return nil
}
