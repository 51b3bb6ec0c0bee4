package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/awssim"
)

// What tests do to the simulated AWS behind the tool's back, and what they read
// from it, without any code of the tool.

// callOrganizations makes one call as an account.
func callOrganizations(sim *awssim.Server, account, operation, input string) (any, error) {
	key, _ := sim.Key(account)
	r, err := http.NewRequest(http.MethodPost, "http://organizations.us-east-1.amazonaws.com/", strings.NewReader(input))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSOrganizationsV20161128."+operation)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key+"/20260101/us-east-1/organizations/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := sim.Transport().RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s: %s", operation, answer.Status, b)
	}
	var out any
	if len(bytes.TrimSpace(b)) > 0 {
		err = json.Unmarshal(b, &out)
	}
	return out, err
}

// part takes a text out of an answer, by a path such as Roots.0.Id.
func part(v any, path string) (string, error) {
	for step := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(x) {
				return "", fmt.Errorf("no %s in a list of %d", path, len(x))
			}
			v = x[i]
		}
	}
	s, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("no text at %s", path)
	}
	return s, nil
}

// worldOf is the state of a simulated AWS as JSON, without its clock and its
// sessions: what a plan may not change.
func worldOf(sim *awssim.Server) ([]byte, error) {
	dir, err := os.MkdirTemp("", "world-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "state.json")
	if err := sim.Save(path); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var state struct {
		World map[string]any `json:"world"`
	}
	if err := json.Unmarshal(b, &state); err != nil {
		return nil, err
	}
	for _, moving := range []string{"now", "Now", "sessions", "Sessions"} {
		delete(state.World, moving)
	}
	return json.MarshalIndent(state.World, "", " ")
}
