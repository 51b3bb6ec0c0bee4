package main

import (
	"strings"

	"github.com/invopop/jsonschema"

	"github.com/payer-reconciler/reconciler/daemon/config"
)

// daemonFile has every type that the schema of the config file defines.
type daemonFile struct {
	Config config.Config `json:"config"`
}

const (
	// lengthOfTime is what Go takes for one.
	lengthOfTime = `^[+]?([0-9]+([.][0-9]*)?(ns|us|µs|ms|s|m|h))+$`

	repositoryURL = `^(https?://[^\s/?#@]+/+[^\s/?#][^\s?#]*|ssh://[^\s/?#]+/+[^\s/?#][^\s?#]*|file:///+[^\s/?#][^\s?#]*` +
		`|/+[^/].*|[A-Za-z0-9._-]+@([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\]):[^\s:@]+)$`
	payerName = `^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$`
	address   = `^(off|.*:[0-9]{1,5})$`
)

// generateConfig makes the schema of the daemon's config file.
func generateConfig(root string) ([]byte, error) {
	s, err := reflected(root, "daemon/config", daemonFile{}, "daemonFile")
	if err != nil {
		return nil, err
	}
	for name, def := range s.Definitions {
		finishConfig(name, def)
	}
	s.Title = "reconciler config file"
	s.Description = "What the daemon keeps AWS equal to, and how."
	s.AllOf = []*jsonschema.Schema{{Ref: "#/$defs/Config"}}
	return written(s)
}

// finishConfig says what tags cannot.
func finishConfig(name string, def *jsonschema.Schema) {
	for p := def.Properties.Oldest(); p != nil; p = p.Next() {
		s := p.Value
		switch name + "." + p.Key {
		case "Config.listen":
			s.Pattern = address
		case "Git.url":
			s.Pattern = repositoryURL
		case "Verify.keys":
			s.Items.MinLength, s.Items.Not = number(1), notAFile()
		case "Notify.on":
			s.Items.Enum, s.MinItems = []any{"failure", "recovery", "changes", "blocked"}, number(1)
		case "Notify.payers":
			s.Items.Pattern, s.MinItems = payerName, number(1)
		}
		if strings.HasSuffix(p.Key, "File") || p.Key == "stateDir" || p.Key == "auditLog" {
			s.Not = notAFile()
		}
	}
	switch name {
	case "Config":
		off := jsonschema.NewProperties()
		off.Set("listen", &jsonschema.Schema{Const: "off"})
		no := jsonschema.NewProperties()
		no.Set("webhook", jsonschema.FalseSchema)
		no.Set("apiTokenFile", jsonschema.FalseSchema)
		def.If = &jsonschema.Schema{Properties: off, Required: []string{"listen"}}
		def.Then = &jsonschema.Schema{Properties: no}
	case "Git":
		def.AnyOf = []*jsonschema.Schema{{Required: []string{"url"}}, {Required: []string{"path"}}}
		def.Extras = map[string]any{"dependencies": map[string][]string{
			"branch": {"url"}, "author": {"url"}, "push": {"url"}, "verify": {"url"}, "tokenFile": {"url"},
			"userName": {"url", "tokenFile"}, "sshKeyFile": {"url", "knownHostsFile"}, "knownHostsFile": {"url", "sshKeyFile"},
		}}
	case "Notify":
		def.OneOf = []*jsonschema.Schema{{Required: []string{"slack"}}, {Required: []string{"webhook"}}}
	}
}

// notAFile is what no name of a file is: that of another user's folder, or a URL.
func notAFile() *jsonschema.Schema { return &jsonschema.Schema{Pattern: "^~|://"} }
