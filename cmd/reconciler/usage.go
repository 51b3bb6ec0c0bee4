package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
)

// The library's own usage errors, in the words and with the hints of ours.

// unknownCommand tells whether the arguments name a command that there is.
func unknownCommand(root *cobra.Command, args []string) error {
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		return nil // a shell asks, the command is made for it
	}
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd(args...)
	_, rest, err := root.Find(args)
	if err == nil {
		return nil
	}
	hint := "reconciler --help lists the commands"
	for _, word := range rest {
		if near := root.SuggestionsFor(word); len(near) > 0 {
			hint = "did you mean " + choice(near) + "?"
			break
		}
	}
	text := strings.TrimSuffix(err.Error(), fmt.Sprintf(" for %q", root.Name()))
	return hinted{errors.New(text), hint}
}

// noArgs is of commands that work on no files.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return hinted{fmt.Errorf("%s takes no arguments, and %q is one", cmd.Name(), args[0]), cmd.CommandPath() + " --help shows its flags"}
}

// badValue is how the library says that a flag cannot have a value.
var badValue = regexp.MustCompile(`^invalid argument ("(?:[^"\\]|\\.)*") for "--([a-z-]+)" flag: `)

// flagError says which value a flag cannot have, without the parser's words.
func flagError(cmd *cobra.Command, err error) error {
	m := badValue.FindStringSubmatch(err.Error())
	if m == nil {
		return err
	}
	f := cmd.Flags().Lookup(m[2])
	if f == nil {
		return err
	}
	what := "nothing it takes"
	switch f.Value.Type() {
	case "int":
		what = "no whole number"
	case "bool":
		what = "neither true nor false"
	}
	return fmt.Errorf("--%s %s is %s", f.Name, m[1], what)
}
