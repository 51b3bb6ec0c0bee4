package main

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
)

// What a call was given, as words for a shell that a person can copy.

// sameAWS are the flags by which another command reaches the same AWS at the same
// pace, each behind a space. --role is not among them: who may read may not write.
func (c *cli) sameAWS() string {
	out := ""
	add := func(flag, value string) {
		if value != "" {
			out += " --" + flag + " " + quoted(value)
		}
	}
	if c.sandbox {
		out += " --sandbox"
	}
	add("sandbox-state", c.sandboxState)
	if c.sandboxQuota > 0 {
		add("sandbox-quota", strconv.Itoa(c.sandboxQuota))
	}
	add("api-rate", cmp.Or(c.rateFile, c.apiRate))
	return out
}

// pathWords are PATHs, each behind a space.
func pathWords(paths []string) string {
	out := ""
	for _, path := range paths {
		if strings.HasPrefix(path, "-") {
			path = "./" + path
		}
		out += " " + quoted(path)
	}
	return out
}

var plainWord = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// quoted makes one word of a text for a shell.
func quoted(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
