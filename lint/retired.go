package lint

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/words"
)

//go:embed retired.json
var retiredJSON []byte

// gone are actions that AWS has retired, and those that took their place.
type gone struct{ Pattern, Since, Instead string }

var retiredActions = sync.OnceValue(func() []gone {
	var file struct {
		Source, Date string
		Actions      []gone
	}
	if err := json.Unmarshal(retiredJSON, &file); err != nil {
		panic("read retired.json: " + err.Error())
	}
	return file.Actions
})

// retired speaks of actions that AWS no longer asks about: what a Deny of them
// once stopped is open, and what an Allow of them once opened is not.
func retired(s *iampolicy.Statement) []string {
	var said []string
	for _, g := range retiredActions() {
		var named []string
		for _, a := range s.Actions {
			if iampolicy.Covers(g.Pattern, a) {
				named = append(named, a)
			}
		}
		if len(named) > 0 {
			said = append(said, fmt.Sprintf("AWS retired %s in %s; what took its place are %s: name these", words.Some(named, most), g.Since, g.Instead))
		}
	}
	return said
}

// notAction speaks of an Allow that names what it does not allow.
func notAction(s *iampolicy.Statement) []string {
	if s.Deny || !s.NotAction || slices.ContainsFunc(s.Actions, everything) {
		return nil
	}
	return []string{"it allows every action but those that it names, and so every one that AWS adds later; name what is allowed under Action, or deny the others by a Deny"}
}
