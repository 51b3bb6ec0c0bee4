package iampolicy

import (
	"slices"
	"strings"
)

// TrustsWithoutExternalID lists the AWS principals of other accounts than
// ownAccount, and "*", whom a trust policy lets assume the role without asking
// for an external id: anyone for whom such an account acts could then make it
// act on this role (IAM User Guide, "The confused deputy problem"). They stand as
// written, sorted.
//
// A condition asks for an external id where a positive operator without IfExists
// compares sts:ExternalId with something other than nothing but wildcards. One
// that narrows the principals to an organization or to the own account in the
// same way (aws:PrincipalOrgID, aws:PrincipalOrgPaths, aws:PrincipalAccount) is
// as good. A principal that holds a reference of ours, ${{ … }}, is left out, and
// so is the id of one that is gone (AROA…), and a document that cannot be read.
func TrustsWithoutExternalID(doc []byte, ownAccount string) []string {
	doc, err := urlDecode(doc)
	if err != nil {
		return nil
	}
	root, err := parseObject(doc)
	if err != nil {
		return nil
	}
	s := root.get("Statement")
	if s == nil {
		return nil
	}
	statements := s.list
	if s.kind == nodeObject {
		statements = []node{*s}
	}
	var open []string
	for _, s := range statements {
		if e := s.get("Effect"); e == nil || e.text != "Allow" || !assumes(s) || asksWho(s, ownAccount) {
			continue
		}
		open = append(open, outsiders(s, ownAccount)...)
	}
	slices.Sort(open)
	return slices.Compact(open)
}

// assumes says that a statement speaks of sts:AssumeRole, the one action with an
// external id.
func assumes(s node) bool {
	if n := s.get("Action"); n != nil {
		return slices.ContainsFunc(texts(*n), func(p string) bool { return matches(lower(p), "sts:assumerole") })
	}
	n := s.get("NotAction")
	return n != nil && !slices.ContainsFunc(texts(*n), func(p string) bool { return matches(lower(p), "sts:assumerole") })
}

// asksWho says that a statement's conditions keep strangers out.
func asksWho(s node, ownAccount string) bool {
	c := s.get("Condition")
	if c == nil {
		return false
	}
	for _, op := range c.members {
		switch strings.TrimPrefix(op.key, "ForAnyValue:") {
		case "StringEquals", "StringEqualsIgnoreCase", "StringLike":
		default:
			continue
		}
		for _, key := range op.value.members {
			values := texts(key.value)
			if len(values) == 0 || slices.ContainsFunc(values, func(v string) bool { return strings.Trim(v, "*?") == "" }) {
				continue
			}
			switch lower(key.key) {
			case "sts:externalid", "aws:principalorgid", "aws:principalorgpaths":
				return true
			case "aws:principalaccount":
				if !slices.ContainsFunc(values, func(v string) bool { return v != ownAccount }) {
					return true
				}
			}
		}
	}
	return false
}

// outsiders are the AWS principals of a statement that are of other accounts.
// NotPrincipal lets in everybody but a few.
func outsiders(s node, ownAccount string) []string {
	p := s.get("Principal")
	if p == nil {
		if s.get("NotPrincipal") != nil {
			return []string{"*"}
		}
		return nil
	}
	list := texts(*p)
	if p.kind == nodeObject {
		list = nil
		if aws := p.get("AWS"); aws != nil {
			list = texts(*aws)
		}
	}
	return slices.DeleteFunc(list, func(who string) bool {
		account := who
		if arn := strings.SplitN(who, ":", 6); len(arn) == 6 {
			account = arn[4]
		}
		return account == ownAccount || strings.Contains(who, "${{") || isUniqueID(who)
	})
}
