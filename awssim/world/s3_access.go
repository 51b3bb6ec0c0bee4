package world

import (
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/iampolicy"
)

// shownPolicy is the policy of a bucket with the bare id of everybody who is
// gone: another one of the same name is not meant.
func (w *World) shownPolicy(b *bucket) string {
	text := b.Policy
	for arn, id := range b.Bound {
		if w.idOf(arn) != id {
			text = strings.ReplaceAll(text, `"`+arn+`"`, `"`+id+`"`)
		}
	}
	return text
}

// rules is the policy of a bucket made ready to be asked; nil where it has
// none.
func (w *World) rules(b *bucket) *iampolicy.Policy {
	text := w.shownPolicy(b)
	if text == "" {
		return nil
	}
	if b.compiled == nil || b.compiledOf != text {
		p, err := iampolicy.Compile([]byte(text))
		if err != nil { // what the evaluator has no meaning for, denies
			p, _ = iampolicy.Compile([]byte(`{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}`))
		}
		b.compiled, b.compiledOf = p, text
	}
	return b.compiled
}

// mayS3 tells whether the caller may do something with a bucket, or with an
// object in it: those of the owner's account where the bucket's policy does
// not deny it, those of others where it allows it.
func (w *World) mayS3(b *bucket, a Ask, action string) bool {
	if b.Block != nil && b.Block.RestrictPublicBuckets && a.Caller.Account != b.Owner && b.Policy != "" {
		if statements, err := readBucketPolicy(b.Policy); err != nil || public(statements) {
			return false
		}
	}
	n := Need{Action: action, Resource: b.place(a.Key), Context: w.s3Context(a.Caller.Account), policy: w.rules(b), account: b.Owner}
	return w.Authorize(a.Caller, n) == nil
}

// place is the ARN of an object, or of the bucket where there is no key.
func (b *bucket) place(key string) string {
	if key == "" {
		return b.arn()
	}
	return b.arn() + "/" + key
}

// s3Context is what every request tells of itself, as if it came from the
// internet under TLS.
func (w *World) s3Context(account string) map[string][]string {
	out := map[string][]string{
		"aws:securetransport": {"true"}, "aws:viaawsservice": {"false"}, "aws:sourceip": {"203.0.113.10"},
		"aws:currenttime": {w.now.UTC().Format(time.RFC3339)}, "aws:requestedregion": {home},
	}
	if x := w.accounts[account]; x != nil && x.org != nil {
		out["aws:principalorgid"] = []string{x.org.id}
		out["aws:principalorgpaths"] = []string{x.org.path(x.node.parent)}
	}
	return out
}

// serviceMay tells whether a service of AWS may do something with a bucket.
func (w *World) serviceMay(b *bucket, service, action, key string, context map[string][]string) bool {
	if b.Policy == "" {
		return false
	}
	all := w.s3Context("")
	for k, v := range context {
		all[k] = v
	}
	access := iampolicy.Access{Resource: w.rules(b), Account: b.Owner}
	r := iampolicy.Request{Action: action, Resource: b.place(key), Principal: iampolicy.Principal{Service: service}, Context: all}
	return access.Decide(&r).Allowed()
}

// principalExists tells whether the ARN of a principal is that of somebody.
func (w *World) principalExists(arn string) bool {
	_, ok := w.Principal(arn)
	return ok
}
