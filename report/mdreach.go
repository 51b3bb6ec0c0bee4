package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/words"
)

// reaches says in a line for each effect how far the plan reaches among accounts
// that stay. The fold has the resources, the conditions and the exceptions.
func (p *Payer) reaches() []string {
	var out []string
	for _, effect := range effects {
		var all []Impact
		for _, i := range p.Impact {
			if i.Effect == effect && len(i.From) == 0 {
				all = append(all, i)
			}
		}
		for _, of := range byRest(all) {
			if actions := actionCodes(of); actions != "" {
				out = append(out, "newly "+effect+" in "+accountsOf(of)+": "+actions+of[0].rest())
			}
		}
	}
	return out
}

// effects are those of an [Impact], in the order of telling.
var effects = []string{"denied", "allowed"}

// moves says what becomes of the accounts that move between the same units, a
// line each: first of those that get more rights, then of the most accounts.
func (p *Payer) moves() []string {
	by := map[string][]Impact{}
	var keys []string
	for _, i := range p.Impact {
		if len(i.From) == 0 {
			continue
		}
		key := strings.Join(i.From, "\n") + "\n>\n" + strings.Join(i.OUs, "\n")
		if by[key] == nil {
			keys = append(keys, key)
		}
		by[key] = append(by[key], i)
	}
	slices.SortStableFunc(keys, func(a, b string) int {
		return cmp.Or(cmp.Compare(more(by[b]), more(by[a])), cmp.Compare(most(by[b]), most(by[a])))
	})
	var out []string
	for n, key := range keys {
		if n == maxListed && len(keys) > maxListed+1 {
			return append(out, "and "+count(len(keys)-n, "more move")+", below")
		}
		out = append(out, move(by[key]))
	}
	return out
}

// move says what becomes of accounts that move between the same units.
func move(all []Impact) string {
	verb := " move from "
	if most(all) == 1 {
		verb = " moves from "
	}
	s := accountsOf(all) + verb + codes(clips(nodes(all[0].From)), maxListed) + " to " + codes(clips(nodes(all[0].OUs)), maxListed)
	sep := ": "
	for _, effect := range effects {
		of := slices.DeleteFunc(slices.Clone(all), func(i Impact) bool { return i.Effect != effect })
		for _, of := range byRest(of) {
			if actions := actionCodes(of); actions != "" {
				s += sep + "newly " + effect + " " + actions + of[0].rest()
				sep = "; "
			}
		}
	}
	return s
}

// byRest parts what goes or comes altogether from that of which some is denied
// before and afterwards. An effect is told on its own then, the first before all.
func byRest(all []Impact) (out [][]Impact) {
	for _, rest := range []string{"", stillDenied, deniedBefore} {
		if of := slices.DeleteFunc(slices.Clone(all), func(i Impact) bool { return i.rest() != rest }); len(of) > 0 {
			out = append(out, of)
		}
	}
	return out
}

// What stands behind actions of which some is denied before and afterwards.
const (
	stillDenied  = ", still denied under another condition"
	deniedBefore = ", denied before under another condition"
)

// rest says that some of it is denied before and afterwards; "" where none is.
func (i *Impact) rest() string {
	switch {
	case !slices.ContainsFunc(i.Unless, func(s Scope) bool { return s.Denied }):
		return ""
	case i.Effect == "allowed":
		return stillDenied
	}
	return deniedBefore
}

// more is 1 where anything is newly allowed.
func more(all []Impact) int {
	if slices.ContainsFunc(all, func(i Impact) bool { return i.Effect == "allowed" }) {
		return 1
	}
	return 0
}

// most is how many accounts the widest reaches.
func most(all []Impact) int {
	n := 0
	for _, i := range all {
		n = max(n, i.Accounts)
	}
	return n
}

// accountsOf counts the accounts, with "up to" where not everything reaches as many.
func accountsOf(all []Impact) string {
	s := count(most(all), "account")
	if slices.ContainsFunc(all, func(i Impact) bool { return i.Accounts != all[0].Accounts }) {
		return "up to " + s
	}
	return s
}

// clips are names, none of them too long.
func clips(names []string) (all []string) {
	for _, n := range names {
		all = append(all, clip(n, maxClip))
	}
	return all
}

// isException says that a pattern of actions is taken out of the others.
func isException(action string) bool { return strings.HasPrefix(action, "!") }

// weighty are the services that a reader must see first: by these one comes to
// rights, keys, data and money.
var weighty = []string{"*", "iam", "sts", "organizations", "account", "sso", "identitystore", "kms", "secretsmanager", "s3", "ec2",
	"cloudtrail", "config", "guardduty", "securityhub", "lambda", "cloudformation", "ssm", "rds", "dynamodb"}

// weight is the place of an action among the weighty ones; all others are last.
func weight(action string) int {
	service, _, _ := strings.Cut(strings.ToLower(action), ":")
	if i := slices.Index(weighty, service); i >= 0 {
		return i
	}
	return len(weighty)
}

// byWeight orders actions: the weighty first.
func byWeight(a, b string) int {
	return cmp.Or(weight(a)-weight(b), strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
}

// sorted are the actions in the order of telling, those that are taken out of the
// others last.
func (i *Impact) sorted() []string {
	in := slices.DeleteFunc(slices.Clone(i.Actions), isException)
	out := slices.DeleteFunc(slices.Clone(i.Actions), func(a string) bool { return !isException(a) })
	slices.SortFunc(in, byWeight)
	slices.SortFunc(out, func(a, b string) int { return byWeight(a[1:], b[1:]) })
	return append(in, out...)
}

// actionCodes lists the actions as code: the first few and how many more there
// are. Those that are meant whole come before those in part, then the weighty.
func actionCodes(all []Impact) string {
	var actions []string
	whole := map[string]bool{} // by action: whether it is so without an if
	for _, i := range all {
		partly := i.Resource != "" || i.Condition != "" || len(i.Unless) > 0 || slices.ContainsFunc(i.Actions, isException)
		for _, a := range i.Actions {
			if isException(a) {
				continue
			}
			if _, seen := whole[a]; !seen {
				actions = append(actions, a)
			}
			whole[a] = whole[a] || !partly
		}
	}
	part := func(a string) int {
		if whole[a] {
			return 0
		}
		return 1
	}
	slices.SortFunc(actions, func(a, b string) int {
		return cmp.Or(part(a)-part(b), byWeight(a, b))
	})
	const most = 5
	var parts []string
	for _, a := range actions {
		s := code(clip(a, maxClip))
		if !whole[a] {
			s += " in part"
		}
		parts = append(parts, s)
	}
	return words.List(parts, most)
}
