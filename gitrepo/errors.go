package gitrepo

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// ErrRace is what Publish gives up with where others pushed in between each of
// its tries. Nothing was pushed; publishing again later is safe.
var ErrRace = errors.New("others pushed each time in between; publish again later")

// errBroken is in the error of what could not be read from the clone itself: it
// was never there, or is damaged.
var errBroken = errors.New("the clone does not have it")

// errMoved says that the branch is not where we think it is.
var errMoved = errors.New("the branch has moved")

// AuthError says that the remote does not let us in, or that what is needed to
// get in cannot be read. It holds no credential.
type AuthError struct {
	Remote string
	Err    error
}

func (e *AuthError) Error() string { return fmt.Sprintf("log in to %s: %v", e.Remote, e.Err) }

// Unwrap gives the cause.
func (e *AuthError) Unwrap() error { return e.Err }

// RefusedError says that a hook or the protection of a branch refused a push,
// in the words of the remote. It is not tried again, since the answer would be
// the same.
type RefusedError struct {
	Branch string
	Reason string // what git says of the branch, as "pre-receive hook declined"
	Words  string // what the remote printed, shortened, "" where it printed nothing
}

func (e *RefusedError) Error() string {
	s := fmt.Sprintf("push to branch %s: the remote refused: %s", e.Branch, e.Reason)
	if e.Words != "" {
		s += ": " + e.Words
	}
	return s
}

// Hint is what a person does about it.
func (e *RefusedError) Hint() string {
	return "let the daemon's user push to " + e.Branch + ", or name another branch by git.push.branch; AWS is as the payer file says"
}

// Hint is what a person does about it.
func (e *AuthError) Hint() string {
	return "the token or key is wrong, has expired, or may not read and write this repository; a new one counts from the next look on " +
		"(a secret of systemd's from the next restart on)"
}

// oneLine makes one short line of what a remote printed: without control
// characters, and without the secrets, which a hostile remote may send back.
func oneLine(text string, secrets ...string) string {
	for _, s := range secrets {
		if s != "" {
			text = strings.ReplaceAll(text, s, "***")
		}
	}
	text = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == unicode.ReplacementChar || unicode.Is(unicode.Cf, c) {
			return ' '
		}
		return c
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 300 {
		text = string(r[:300]) + "…"
	}
	return text
}
