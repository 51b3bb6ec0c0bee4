package world

import (
	_ "embed"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
	"time"
)

// AWS's own policies: path, name and default version of each as IAM listed
// them in April 2026, and the documents of those that are much used. What
// stands in a list without a document can be attached and shown, and allows
// nothing where policies are enforced.
var (
	//go:embed managed_policies.txt
	managedNames string
	//go:embed managed_policies.json
	managedDocuments []byte
)

// firstManaged is a date for all of AWS's policies: the list has none.
var firstManaged = time.Date(2015, 2, 6, 18, 39, 0, 0, time.UTC)

// byAWS is AWS's policies in the order of the list, and by ARN.
var byAWS = sync.OnceValues(func() ([]*managedPolicy, map[string]*managedPolicy) {
	var texts map[string]json.RawMessage
	if err := json.Unmarshal(managedDocuments, &texts); err != nil {
		panic("world: read managed_policies.json: " + err.Error())
	}
	var list []*managedPolicy
	index := map[string]*managedPolicy{}
	for line := range strings.Lines(managedNames) {
		where, version, _ := strings.Cut(strings.TrimSpace(line), " v")
		n, err := strconv.Atoi(version)
		if err != nil {
			panic("world: read managed_policies.txt: " + err.Error())
		}
		i := strings.LastIndexByte(where, '/')
		p := &managedPolicy{
			name: where[i+1:], path: where[:i+1], id: "ANPA" + letters(upper, 17, hash("aws", where)), arn: "arn:aws:iam::aws:policy" + where,
			created: firstManaged, updated: firstManaged, current: n, last: n, versions: []policyVersion{{n, documentOf(texts[where]), firstManaged}},
		}
		list = append(list, p)
		index[p.arn] = p
	}
	return list, index
})

func documentOf(text json.RawMessage) *document {
	if text == nil {
		return nil
	}
	root, err := parseJSON(string(text))
	if err != nil {
		panic("world: read managed_policies.json: " + err.Error())
	}
	return &document{text: string(text), root: root}
}

// managedByAWS is a policy of AWS, nil where it has none of that ARN.
func (w *World) managedByAWS(arn string) *managedPolicy {
	if !strings.HasPrefix(arn, "arn:aws:iam::aws:policy/") {
		return nil
	}
	_, index := byAWS()
	return index[arn]
}

func (w *World) allManagedByAWS() []*managedPolicy {
	list, _ := byAWS()
	return list
}
