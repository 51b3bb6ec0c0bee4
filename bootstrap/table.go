package bootstrap

import (
	_ "embed"
	"encoding/json"
	"slices"
	"sync"
)

// Row is one operation that the tool calls, and the IAM actions that AWS asks
// for it.
type Row struct {
	Service   string   `json:"service"`   // as the SDK calls it
	Operation string   `json:"operation"` // of the SDK
	Write     bool     `json:"write"`     // an apply alone calls it
	Actions   []string `json:"actions"`   // none: AWS asks for no permission
	Source    string   `json:"source"`    // the page that says so
	// Resource limits the actions, where one statement may: memberRoles are the
	// roles that the payer file says members are entered by, lease is the object
	// of the payer's lease, and the pause beside it. Empty: "*".
	Resource string `json:"resource"`
}

//go:embed actions.json
var actionsJSON []byte

var table = sync.OnceValue(func() []Row {
	var file struct {
		Sources map[string]string `json:"sources"`
		Rows    []Row             `json:"rows"`
	}
	if err := json.Unmarshal(actionsJSON, &file); err != nil {
		panic("read actions.json: " + err.Error())
	}
	for i := range file.Rows {
		if r := &file.Rows[i]; r.Source == "" {
			r.Source = file.Sources[r.Service]
		}
	}
	return file.Rows
})

const (
	memberRoles = "memberRoles" // the Resource of rows that enter members
	leaseObject = "lease"       // that of rows that keep the lease
)

// actions lists what the rows that fit ask for, sorted, each once.
func actions(fit func(Row) bool) []string {
	var all []string
	for _, r := range table() {
		if fit(r) {
			all = append(all, r.Actions...)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
