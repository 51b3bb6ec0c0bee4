package handoff

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/resource"
	"github.com/payer-reconciler/reconciler/spec"
)

// registerTimeout is how long the vendor may take.
const registerTimeout = 30 * time.Second

// Call is the call that makes a vendor know the payer, ready to be sent.
type Call struct {
	Preset, Method, URL, Host string
	Body                      []byte
	headers                   map[string]string
}

// Prepare makes the call of a preset of ours. The error says what is missing:
// nothing is sent of a payer whose values are not all known.
func Prepare(u spec.PresetUse, live *resource.State) (*Call, error) {
	r := u.Register
	switch {
	case r == nil:
		return nil, fmt.Errorf("register %s: the preset has no call to register by", u.Name)
	case !r.Embedded:
		return nil, fmt.Errorf("register %s: only presets that come with the tool may name a host to call", u.Name)
	}
	at, ok := r.URL.Resolve(live.Output).Known()
	if !ok {
		return nil, fmt.Errorf("register %s: its URL is not known before an apply", u.Name)
	}
	to, err := url.Parse(at)
	if err != nil || to.Scheme != "https" || to.Host != r.Host || to.User != nil {
		return nil, fmt.Errorf("register %s: the call would go elsewhere than to https://%s/", u.Name, r.Host)
	}
	body := map[string]string{}
	var unknown []string
	for key, t := range r.Body {
		s, ok := t.Resolve(live.Output).Known()
		if !ok {
			unknown = append(unknown, t.Refs()[0].String())
		}
		body[key] = s
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("register %s: %s is not there yet; apply first", u.Name, unknown[0])
	}
	data, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("register %s: %w", u.Name, err)
	}
	return &Call{Preset: u.Name, Method: r.Method, URL: at, Host: r.Host, Body: data, headers: r.Headers}, nil
}

// Send makes the call with a bearer token, which is in no error. A redirect is
// not followed: the token goes to the host of the preset and nowhere else. A
// nil transport is the network.
func (c *Call) Send(ctx context.Context, token string, transport http.RoundTripper) error {
	if token == "" || strings.ContainsAny(token, "\r\n") {
		return errors.New("the token is empty or has a line break in it")
	}
	ctx, cancel := context.WithTimeout(ctx, registerTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, c.Method, c.URL, bytes.NewReader(c.Body))
	if err != nil {
		return fmt.Errorf("register %s: %w", c.Preset, err)
	}
	for k, v := range c.headers {
		req.Header.Set(k, v)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("register %s: %s", c.Preset, strings.ReplaceAll(err.Error(), token, "(token)"))
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return nil
	}
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 1000)) // what cannot be read adds nothing
	text := strings.ReplaceAll(strings.Join(strings.Fields(string(said)), " "), token, "(token)")
	return fmt.Errorf("register %s: %s answers %s: %s", c.Preset, c.Host, resp.Status, text)
}
