package daemon

import (
	"context"
	"time"

	"github.com/payer-reconciler/reconciler/daemon/config"
	"github.com/payer-reconciler/reconciler/spec"
)

// source is where the payer files come from: a git repository, or a folder.
type source interface {
	// look says what is in force now. old is what it said before, nil at first:
	// what cannot be read any more stays in force as it was there. An error
	// says nothing of the files; what was in force stays so.
	look(ctx context.Context, old *view) (*view, error)
	// lookTime is the longest that a look may take.
	lookTime() time.Duration
	// refresh brings the CSVs of an entry's payer to what is published of them.
	refresh(e *entry) error
	// facts fills in what a payer's run knows of its history.
	facts(e *entry) spec.Run
	// committed gives the bytes of a file at the commit of an entry.
	committed(e *entry, path string) ([]byte, error)
	// before gives the payer as it was at a commit.
	before(ctx context.Context, e *entry, commit string) (*spec.Payer, error)
	// publish puts the CSVs of a payer where others read them, and gives the
	// commit, "" where nothing differed.
	publish(ctx context.Context, p publication) (string, error)
	// keep removes what no entry needs any more.
	keep(inUse map[string]bool)
	// configure takes a new config at the next look.
	configure(cfg *config.Config)
}

// view is what is in force: one commit, and for each payer the newest of its
// files that is sound. It does not change once it is made.
type view struct {
	commit     string // "" outside git
	fetched    time.Time
	unverified string // a newer commit, which no key signed
	entries    map[string]*entry
	// mistakes are those of files that bear no payer in force.
	mistakes error
	// behind is why this is not what the remote has now, nil where it is.
	behind error
}

// entry is one payer in force.
type entry struct {
	name   string
	file   string // its payer file, from the repository's root
	payer  *spec.Payer
	commit string // that payer was read from
	tree   string // the folder that it was read from
	digest string // of all that it was read from
	// broken is what is wrong with its file at the view's commit; payer is then
	// the last that was sound.
	broken error
}

// publication is the CSVs of a payer, to be committed.
type publication struct {
	entry *entry
	files map[string][]byte
	// message says, given what is tracked of the files, what became of them.
	message func(tracked func(path string) []byte) string
	check   func(path string, tracked []byte) error
	// keep says whether a file is to be published, given what is tracked of it.
	keep func(tracked []byte) bool
}

// empty is the view of a folder without payer files: at first that is a mistake of
// the config; later the last of them was taken away, or the folder, and nothing is
// managed any more.
func (v *view) empty(old *view, why error) (*view, error) {
	if old == nil {
		return nil, why
	}
	v.entries, v.mistakes = map[string]*entry{}, why
	return v, nil
}

// differ gives the payers that view has otherwise than old, by name: those whose
// files changed, and those that are new or sound again.
func (v *view) differ(old *view) []string {
	var names []string
	for name, e := range v.entries {
		var was *entry
		if old != nil {
			was = old.entries[name]
		}
		if was == nil || was.digest != e.digest || (was.broken != nil) != (e.broken != nil) {
			names = append(names, name)
		}
	}
	return names
}

// gone gives the payers that old has and view has not.
func (v *view) gone(old *view) []string {
	var names []string
	if old == nil {
		return nil
	}
	for name := range old.entries {
		if v.entries[name] == nil {
			names = append(names, name)
		}
	}
	return names
}
