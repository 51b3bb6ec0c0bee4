package reconcile

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/cloud"
	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/spec"
)

// assumer is somebody who assumes a role in a member.
type assumer struct {
	arn string
	// externalID is what the trust of the role asks of it; "" for nothing.
	externalID string
	// ours says that it is the tool itself, of whose calls all is known.
	ours bool
}

// trusted are the principals that a trust policy names, each with every external
// id that its statement takes.
func trusted(trust string) []assumer {
	var document struct{ Statement json.RawMessage }
	if json.Unmarshal([]byte(trust), &document) != nil {
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(document.Statement, &list) != nil {
		list = []json.RawMessage{document.Statement}
	}
	var all []assumer
	for _, one := range list {
		var s struct {
			Effect    string
			Principal any
			Condition map[string]map[string]any
		}
		if json.Unmarshal(one, &s) != nil || s.Effect != "Allow" {
			continue
		}
		ids := externalIDs(s.Condition)
		for _, name := range texts(s.Principal) {
			if _, err := iampolicy.PrincipalOf(name); err != nil {
				continue
			}
			for _, id := range ids {
				all = join(all, []assumer{{arn: name, externalID: id}})
			}
		}
	}
	return all
}

// externalIDs are those that a condition takes; one empty id where it asks for
// none.
func externalIDs(condition map[string]map[string]any) []string {
	var all []string
	for operator, keys := range condition {
		for key, values := range keys {
			if strings.EqualFold(key, "sts:ExternalId") && (strings.EqualFold(operator, "StringEquals") || strings.EqualFold(operator, "StringLike")) {
				all = append(all, texts(values)...)
			}
		}
	}
	if len(all) == 0 {
		return []string{""}
	}
	slices.Sort(all)
	return all
}

// texts are the texts in a JSON value, in a fixed order.
func texts(value any) []string {
	var all []string
	switch v := value.(type) {
	case string:
		all = []string{v}
	case []any:
		for _, one := range v {
			all = append(all, texts(one)...)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			all = append(all, texts(v[key])...)
		}
	}
	return all
}

// anyOf are those that a principal may be: an account stands for all in it, of
// whom the policies may name some.
func (g *gauge) anyOf(who iampolicy.Principal) []iampolicy.Principal {
	if !strings.HasSuffix(who.ARN, ":root") {
		return []iampolicy.Principal{who}
	}
	all := []iampolicy.Principal{{ARN: strings.TrimSuffix(who.ARN, "root") + "role/reconciler-asks"}}
	for _, named := range g.named {
		if named.Account() == who.Account() || named.Account() == anyAccount {
			all = append(all, named)
		}
	}
	return all
}

// assume are the ways of assuming a role: one for each organization that who may
// be of, and for each name that our sessions have.
func (g *gauge) assume(by assumer, who iampolicy.Principal, w *works, arn string) item {
	a := ask{policyType: spec.RCP, path: w.path, account: w.account, who: who, tags: g.p.tagsOf(who.ARN), action: "sts:AssumeRole", arn: arn}
	var ways []map[string][]string
	switch {
	case by.ours: // by hand, and in a pass of a commit
		for _, commit := range []string{"", "00000000"} {
			ways = append(ways, map[string][]string{"sts:rolesessionname": {cloud.SessionName(g.p.Payer.Name, commit)},
				"sts:externalid": nil, "sts:sourceidentity": nil, "sts:transitivetagkeys": nil})
		}
	case g.ours(who.Account()):
		ways = []map[string][]string{{}}
	default:
		for _, keys := range g.elsewhere {
			if ways = append(ways, maps.Clone(keys)); keys == nil {
				ways[len(ways)-1] = map[string][]string{}
			}
		}
	}
	var all item
	for _, keys := range ways {
		if by.externalID != "" {
			keys["sts:externalid"] = []string{strings.ReplaceAll(by.externalID, "*", "x")}
		}
		a.keys = keys
		all = append(all, a)
	}
	return all
}
