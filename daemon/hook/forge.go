package hook

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// forge is a make of git server: how its calls are known, signed and read.
type forge struct {
	name     string
	event    string   // the header that names the event, and tells the forge
	pushes   []string // values of it that may be a push
	delivery []string // headers that hold the id of a delivery, the best first
	marks    []string // headers that hold a signature or a token
	signed   func(h http.Header, secret, body []byte, now time.Time) error
}

// forges gives the makes that are known, in the order in which they are tried:
// Forgejo sends the headers of Gitea too, and both send those of GitHub.
//
// The headers are those of docs.github.com (webhook events and payloads),
// docs.gitlab.com (webhooks, delivery headers), docs.gitea.com and forgejo.org
// (webhooks). GitLab's X-Gitlab-Event-UUID is no id of a delivery: all events
// that a webhook causes further share it.
func forges() []forge {
	return []forge{
		{
			name: "forgejo", event: "X-Forgejo-Event", pushes: []string{"push"}, delivery: []string{"X-Forgejo-Delivery"},
			marks:  []string{"X-Forgejo-Signature", "X-Gitea-Signature", "X-Hub-Signature-256"},
			signed: hexSigned,
		},
		{
			name: "gitea", event: "X-Gitea-Event", pushes: []string{"push"}, delivery: []string{"X-Gitea-Delivery"},
			marks:  []string{"X-Gitea-Signature", "X-Hub-Signature-256"},
			signed: hexSigned,
		},
		{
			name: "gitlab", event: "X-Gitlab-Event", pushes: []string{"Push Hook", "System Hook"},
			delivery: []string{"Webhook-Id", "Idempotency-Key"},
			marks:    []string{"Webhook-Signature", "X-Gitlab-Token"},
			signed:   gitlabSigned,
		},
		{
			name: "github", event: "X-Github-Event", pushes: []string{"push"}, delivery: []string{"X-Github-Delivery"},
			marks:  []string{"X-Hub-Signature-256"},
			signed: hexSigned,
		},
	}
}

// sender finds whose call it is; not ok where that is unknown, or where it
// bears no signature of that forge.
func sender(h http.Header) (forge, bool) {
	for _, f := range forges() {
		if h.Get(f.event) == "" {
			continue
		}
		for _, mark := range f.marks {
			if h.Get(mark) != "" {
				return f, true
			}
		}
		return forge{}, false
	}
	return forge{}, false
}

// payload is what is read of a push, in the words of all forges.
type payload struct {
	Ref        string `json:"ref"`
	After      string `json:"after"`
	ObjectKind string `json:"object_kind"` // GitLab
}

var (
	errNoJSON = errors.New("the body is not the JSON of a push")
	errNoForm = errors.New("the form has no payload")
)

// push reads a signed call: a push where the kind is ResultTriggered, else the
// kind says why it is none.
func (f forge) push(h http.Header, body []byte) (p Push, kind string, err error) {
	event := h.Get(f.event)
	if event == "ping" {
		return Push{}, ResultPing, nil
	}
	known := false
	for _, e := range f.pushes {
		known = known || event == e
	}
	if !known {
		return Push{}, ResultIgnored, nil
	}
	if body, err = unform(h, body); err != nil {
		return Push{}, "", err
	}
	var said payload
	if err := json.Unmarshal(body, &said); err != nil {
		return Push{}, "", errNoJSON
	}
	switch {
	case event == "System Hook" && said.ObjectKind != "push":
		return Push{}, ResultIgnored, nil
	case said.Ref == "":
		return Push{}, "", errNoJSON
	}
	p = Push{Provider: f.name, Ref: said.Ref, Commit: commit(said.After)}
	for _, name := range f.delivery {
		if p.Delivery == "" {
			p.Delivery = id(h.Get(name))
		}
	}
	return p, ResultTriggered, nil
}

// unform takes the JSON out of a form, which GitHub sends where the webhook's
// content type was not set.
func unform(h http.Header, body []byte) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return body, nil
	}
	values, err := url.ParseQuery(string(body))
	if err != nil || values.Get("payload") == "" {
		return nil, errNoForm
	}
	return []byte(values.Get("payload")), nil
}

// commit gives a commit's id, or "" for what is none: zeros say that the
// branch was deleted.
func commit(s string) string {
	if len(s) != 40 && len(s) != 64 || strings.Trim(s, "0123456789abcdef") != "" || strings.Trim(s, "0") == "" {
		return ""
	}
	return s
}

// id gives a delivery's id, or "" for one that nobody would want to keep.
func id(s string) string {
	if len(s) > 128 {
		return ""
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' {
			return ""
		}
	}
	return s
}
