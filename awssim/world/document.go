package world

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// checkDocument tells whether a document has the form that its policy type
// asks for: the IAM language for SCPs and RCPs, a JSON object for the others.
func checkDocument(typ, content string) error {
	dec := json.NewDecoder(strings.NewReader(content))
	var doc map[string]json.RawMessage
	if err := dec.Decode(&doc); err != nil {
		return errors.New("it is not a JSON object")
	}
	if _, err := dec.Token(); err != io.EOF {
		return errors.New("more follows after the JSON object")
	}
	if doc == nil {
		return errors.New("it is not a JSON object")
	}
	if typ != SCP && typ != RCP {
		return nil
	}
	for k := range doc {
		if k != "Version" && k != "Id" && k != "Statement" {
			return fmt.Errorf("unknown element %q", k)
		}
	}
	if v, ok := doc["Version"]; ok && string(v) != `"2012-10-17"` && string(v) != `"2008-10-17"` {
		return errors.New("unknown Version")
	}
	return checkStatements(typ, doc["Statement"])
}

func checkStatements(typ string, raw json.RawMessage) error {
	var many []map[string]json.RawMessage
	if json.Unmarshal(raw, &many) != nil {
		var one map[string]json.RawMessage
		if json.Unmarshal(raw, &one) != nil || one == nil {
			return errors.New("it has no Statement")
		}
		many = append(many, one)
	}
	if len(many) == 0 {
		return errors.New("it has no Statement")
	}
	for i, s := range many {
		if err := checkStatement(typ, s); err != nil {
			return fmt.Errorf("statement %d: %w", i+1, err)
		}
	}
	return nil
}

var elements = map[string]bool{
	"Sid": true, "Effect": true, "Action": true, "NotAction": true, "Resource": true, "NotResource": true,
	"Condition": true, "Principal": true,
}

func checkStatement(typ string, s map[string]json.RawMessage) error {
	for k := range s {
		if !elements[k] || k == "Principal" && typ == SCP {
			return fmt.Errorf("element %q is not allowed", k)
		}
	}
	effect := string(s["Effect"])
	if effect != `"Deny"` && (effect != `"Allow"` || typ == RCP) {
		return errors.New("the Effect is not allowed")
	}
	if typ == RCP && (s["Principal"] == nil || s["NotAction"] != nil) {
		return errors.New("a resource control policy needs Principal and Action")
	}
	for _, pair := range [][2]string{{"Action", "NotAction"}, {"Resource", "NotResource"}} {
		a, b := s[pair[0]], s[pair[1]]
		if (a == nil) == (b == nil) {
			return fmt.Errorf("it needs either %s or %s", pair[0], pair[1])
		}
		if a == nil {
			a = b
		}
		if !isStrings(a) {
			return fmt.Errorf("%s is neither a string nor a list of strings", pair[0])
		}
	}
	if c, ok := s["Condition"]; ok {
		var blocks map[string]map[string]any
		if json.Unmarshal(c, &blocks) != nil {
			return errors.New("the Condition has no blocks")
		}
	}
	return nil
}

func isStrings(raw json.RawMessage) bool {
	var one string
	var many []string
	return json.Unmarshal(raw, &one) == nil && one != "" || json.Unmarshal(raw, &many) == nil && len(many) > 0
}
