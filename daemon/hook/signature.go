package hook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The rules of this file: a secret, and what is made from one, is compared by
// hmac.Equal alone; where several signatures of one kind stand in the headers,
// a good one does not make up for a bad one.

// tolerance is how far a signed time may be from ours, either way; the figure
// is that of the Standard Webhooks specification, which GitLab follows.
const tolerance = 5 * time.Minute

// signingToken begins a signing token of GitLab's (and of Standard Webhooks).
const signingToken = "whsec_"

var (
	errMissing = errors.New("no signature")
	errWrong   = errors.New("wrong signature: is the secret the same on both sides?")
	errStale   = errors.New("signed more than 5 minutes ago, or in the future: is the clock right?")
)

// hexSigned checks the signatures of GitHub, Gitea and Forgejo: the HMAC-SHA256
// of the body in hex, GitHub's after sha256=.
func hexSigned(h http.Header, secret, body []byte, _ time.Time) error {
	want, found := sum(secret, body), false
	for _, mark := range []struct{ name, before string }{
		{"X-Hub-Signature-256", "sha256="},
		{"X-Gitea-Signature", ""},
		{"X-Forgejo-Signature", ""},
	} {
		for _, value := range h.Values(mark.name) {
			digits, ok := strings.CutPrefix(value, mark.before)
			got, err := hex.DecodeString(digits)
			if !ok || err != nil || !hmac.Equal(got, want) {
				return errWrong
			}
			found = true
		}
	}
	if !found {
		return errMissing
	}
	return nil
}

// gitlabSigned checks the signature that a signing token makes, where the
// secret is one and the call bears one, and else the secret token itself.
func gitlabSigned(h http.Header, secret, body []byte, now time.Time) error {
	if encoded, ok := strings.CutPrefix(string(secret), signingToken); ok && h.Get("Webhook-Signature") != "" {
		key, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(key) < shortest {
			return errors.New("the secret is no signing token: after whsec_ come at least 16 bytes as base64")
		}
		return standardSigned(h, key, body, now)
	}
	tokens := h.Values("X-Gitlab-Token")
	if len(tokens) != 1 {
		return errMissing
	}
	// Digests are compared, since hmac.Equal tells unequal lengths at once.
	got, want := sum(secret, []byte(tokens[0])), sum(secret, secret)
	if !hmac.Equal(got, want) {
		return errWrong
	}
	return nil
}

// standardSigned checks a signature in the way of Standard Webhooks: one of
// those in Webhook-Signature, v1,BASE64 with spaces between, must be that of
// ID.TIME.BODY, and the time must be near.
func standardSigned(h http.Header, key, body []byte, now time.Time) error {
	id, at := h.Get("Webhook-Id"), h.Get("Webhook-Timestamp")
	want := sum(key, append([]byte(id+"."+at+"."), body...))
	found := false
	for s := range strings.FieldsSeq(h.Get("Webhook-Signature")) {
		encoded, ok := strings.CutPrefix(s, "v1,")
		got, err := base64.StdEncoding.DecodeString(encoded)
		found = found || ok && err == nil && hmac.Equal(got, want)
	}
	if !found {
		return errWrong
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return errStale
	}
	return nil
}

func sum(key, text []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(nil)
}
