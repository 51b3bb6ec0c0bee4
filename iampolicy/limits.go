package iampolicy

import (
	_ "embed"
	"encoding/json"
	"maps"
	"sync"
)

// Limit is what AWS Organizations lets one policy type have. A number that is 0
// is not published: no limit is known.
type Limit struct {
	Type        string `json:"type"`
	Characters  int    `json:"characters"`  // of one document, as sent
	Attached    int    `json:"attached"`    // directly to one root, unit or account; inherited ones do not count
	MinAttached int    `json:"minAttached"` // to every root, unit and account while the type is enabled
	Policies    int    `json:"policies"`    // in one organization
	Source      string `json:"-"`           // where the numbers stand
	Date        string `json:"-"`           // the day from which they hold
}

//go:embed limits.json
var limitsJSON []byte

// Limits gives the limits by policy type. A type that is not in it, since AWS
// added it later, has no known limit. The map is the caller's to change.
func Limits() map[string]Limit { return maps.Clone(limits()) }

var limits = sync.OnceValue(func() map[string]Limit {
	var file struct {
		Source string  `json:"source"`
		Date   string  `json:"date"`
		Limits []Limit `json:"limits"`
	}
	if err := json.Unmarshal(limitsJSON, &file); err != nil {
		panic("read limits.json: " + err.Error())
	}
	byType := make(map[string]Limit, len(file.Limits))
	for _, l := range file.Limits {
		l.Source, l.Date = file.Source, file.Date
		byType[l.Type] = l
	}
	return byType
})
