package main

import (
	"encoding/json"
	"slices"
)

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain maps of texts
	}
	return string(b)
}

// checkOrder goes through every write that was done, in order, over all runs.
// At no moment may a node be without an SCP that allows, an account be in a unit
// whose policies are not as they will be, or an account be made twice.
func (b *bench) checkOrder() {
	b.t.Helper()
	name := map[string]string{"p-FullAWSAccess": "FullAWSAccess"} // of policies, units and the root, by id
	attached := map[string]map[string]bool{}
	made := map[string]int{}
	for i, s := range b.door.steps {
		in := func(k string) string { v, _ := s.In[k].(string); return v }
		out := func(keys ...string) string {
			var v any = s.Out
			for _, k := range keys {
				m, _ := v.(map[string]any)
				v = m[k]
			}
			text, _ := v.(string)
			return text
		}
		switch s.Op {
		case "CreateOrganizationalUnit":
			id := out("OrganizationalUnit", "Id")
			name[id], attached[id] = in("Name"), map[string]bool{"FullAWSAccess": true}
		case "CreatePolicy":
			name[out("Policy", "PolicySummary", "Id")] = in("Name")
		case "AttachPolicy":
			if attached[in("TargetId")] == nil { // the root is there with the organization
				name[in("TargetId")], attached[in("TargetId")] = "root", map[string]bool{"FullAWSAccess": true}
			}
			attached[in("TargetId")][name[in("PolicyId")]] = true
		case "DetachPolicy":
			node := attached[in("TargetId")]
			delete(node, name[in("PolicyId")])
			if !node["FullAWSAccess"] && !node["Allow"] {
				b.t.Errorf("write %d leaves %s without an SCP that allows anything", i+1, name[in("TargetId")])
			}
		case "CreateAccount":
			made[in("Email")]++
		case "MoveAccount":
			for id, policies := range attached {
				n := name[id]
				if n != "root" && id != in("DestinationParentId") {
					continue
				}
				var have []string
				for p := range policies {
					have = append(have, p)
				}
				slices.Sort(have)
				if !slices.Equal(have, labPolicies[n]) {
					b.t.Errorf("write %d moves an account below %s, which has only %v", i+1, n, have)
				}
			}
		}
	}
	for email, n := range made {
		if n != 1 && !b.lags { // else the list may not show the first request, and AWS refuses the second
			b.t.Errorf("%s was asked for %d times", email, n)
		}
	}
}
