package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/iampolicy"
	"github.com/payer-reconciler/reconciler/words"
)

// A Deny that names what is right, key by key, under negated operators or as
// bounds, reads as "each of these must be kept". AWS ANDs the keys: it denies
// only a request that breaks all of them.
//
// Who asks, from where and through what (nearly all keys of aws:) is in good
// policies an exemption, and there AND is meant; so is the state of a resource.
// They do not count as limits. The tags of a request do.

// anded speaks of a Deny with two limits or more, and of one that asks for a key
// to be missing and to have another value.
func anded(s *iampolicy.Statement) []string {
	if !s.Deny {
		return nil
	}
	var said, keys, folded []string
	for i := range s.Clauses {
		c := &s.Clauses[i]
		key := strings.ToLower(c.Key)
		if limit(c, key) && !slices.Contains(folded, key) {
			keys, folded = append(keys, c.Key), append(folded, key)
		}
	}
	if len(keys) > 1 {
		said = append(said, fmt.Sprintf("it denies only what breaks %s at once, for operators and keys of a Condition are ANDed; where one of them is to be enough, write a statement for each", named(keys, 9)))
	}
	for i := range s.Clauses {
		c := &s.Clauses[i]
		if !c.Negated() || c.Set() == "ForAnyValue" || !asksMissing(s, c.Key) {
			continue
		}
		said = append(said, fmt.Sprintf("Null asks that %s is missing, so %s beside it adds nothing, and a wrong value is not denied; write a statement for each", c.Key, c.Operator))
	}
	return said
}

// asksMissing says that a Null of the statement wants a key to be missing.
func asksMissing(s *iampolicy.Statement, key string) bool {
	return slices.ContainsFunc(s.Clauses, func(c iampolicy.Clause) bool {
		return strings.EqualFold(c.Key, key) && onlyMissing(&c)
	})
}

// limit says that a clause of a Deny reads as what a request must keep to.
func limit(c *iampolicy.Clause, key string) bool {
	if strings.HasPrefix(key, "aws:requesttag/") {
		return c.Negated() || onlyMissing(c)
	}
	if strings.HasPrefix(key, "aws:") || circumstance(key) {
		return false
	}
	return c.Negated() || strings.HasPrefix(c.Base(), "NumericLess") || strings.HasPrefix(c.Base(), "NumericGreater")
}

// circumstances are keys of services that say who asks, through what or of what,
// from their pages in the Service Authorization Reference.
var circumstances = []string{
	"kms:viaservice", "kms:calleraccount", "ec2:region", "ec2:sourceinstancearn", "lambda:sourcefunctionarn", "ecs:sourcetaskarn",
	"s3:resourceaccount", "s3:dataaccesspointaccount", "s3:dataaccesspointarn", "s3:accesspointnetworkorigin",
	"iam:associatedresourcearn", "sts:externalid", "sts:rolesessionname", "sts:sourceidentity",
}

func circumstance(key string) bool {
	return slices.Contains(circumstances, key) || strings.Contains(key, ":resourcetag/") || strings.HasPrefix(key, "s3:existingobjecttag/")
}

// named names things of a document in a message, at most so many of them.
func named(all []string, most int) string {
	in := make([]string, len(all))
	for i, s := range all {
		in[i] = short(s)
	}
	return words.Some(in, most)
}

// short keeps a value of a document from being a page.
func short(s string) string {
	const characters = 100
	if r := []rune(s); len(r) > characters {
		return string(r[:characters]) + "…"
	}
	return s
}
