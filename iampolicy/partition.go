package iampolicy

import (
	"errors"
	"strings"
)

// CheckPartition says which principals and resources of a policy, or of one
// statement that stands alone, are ARNs of another partition than the account
// that the policy is in (aws, aws-cn, aws-us-gov): AWS refuses such a policy.
// Conditions may compare with anything. The error joins the mistakes; see
// [Problems]. A document that [Check] does not take is not looked at further.
func CheckPartition(doc []byte, partition string) error {
	root, err := parseObject(doc)
	if err != nil {
		return err
	}
	statements := []node{root}
	if s := root.get("Statement"); s != nil {
		statements = statementsOf(s)
	}
	var all []error
	look := func(n *node) {
		list := []node{*n}
		if n.kind == nodeList {
			list = n.list
		}
		for _, v := range list {
			if own, ok := partitionOf(v); ok && own != partition && len(all) < maxProblems {
				all = append(all, syntaxError(doc, v.offset, "the ARN is of the partition %s, and the account is in %s: AWS refuses it", own, partition))
			}
		}
	}
	for i := range statements {
		for j := range statements[i].members {
			switch m := &statements[i].members[j]; m.key {
			case "Resource", "NotResource":
				look(&m.value)
			case "Principal", "NotPrincipal":
				if who := m.value.get("AWS"); m.value.kind == nodeObject && who != nil {
					look(who)
				}
			}
		}
	}
	return errors.Join(all...)
}

// partitionOf is the partition of an ARN, where it is written out.
func partitionOf(n node) (string, bool) {
	rest, ok := strings.CutPrefix(n.text, "arn:")
	partition, _, more := strings.Cut(rest, ":")
	return partition, n.kind == nodeString && ok && more && partition != "" && !strings.ContainsAny(partition, "*?$")
}
