package words

import (
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
)

// Comma writes a number with thousands separators: 10,200.
func Comma(n int) string { return humanize.Comma(int64(n)) }

// Count writes a number and its noun: 1 account, 10,200 accounts.
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Comma(n) + " " + many
}

// Some names the first of many in a sentence, and how many more there are: a, b
// and 7 more. Where only one would be left out it is named: a, b and c.
func Some(all []string, most int) string {
	if cut(all, most) || len(all) < 2 {
		return List(all, most)
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " and " + all[last]
}

// List writes values side by side, of which nothing says that all are meant at
// once, such as those of a condition: a, b, c. Of many it has the first, as
// [Some] has.
func List(all []string, most int) string {
	if !cut(all, most) {
		return strings.Join(all, ", ")
	}
	most = max(most, 0)
	rest := Comma(len(all)-most) + " more"
	if most == 0 {
		return rest
	}
	return strings.Join(all[:most], ", ") + " and " + rest
}

// cut says that a list of so many at most does not name all.
func cut(all []string, most int) bool { return len(all) > max(most, 0)+1 }

// shownHash is how many digits of a commit a person reads.
const shownHash = 8

// Commit cuts the hash of a commit to its first eight digits. What is no hash,
// such as the name of a branch, stays as it is.
func Commit(hash string) string {
	if len(hash) <= shownHash || slices.ContainsFunc([]byte(hash), noDigit) {
		return hash
	}
	return hash[:shownHash]
}

// noDigit says that a byte is no hexadecimal digit.
func noDigit(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) < 0 }
