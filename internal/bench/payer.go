package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// size says how large a payer is. The same size is always the same payer.
type size struct {
	name, account             string
	accounts, units, policies int
	perUnit                   int // policies on each unit
	tags                      bool
}

var (
	// large is the payer of the promises in process.
	large = size{name: "large", account: "111122223333", accounts: 10_000, units: 50, policies: 100, perUnit: 2, tags: true}
	// small is the payer that Terraform plans, too.
	small = size{name: "small", account: "123456789012", accounts: 200, units: 5, policies: 7, perUnit: 2}
)

// file is the payer file.
func (s size) file() string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: reconciler/v1\nkind: Payer\nname: %s\naccountId: %q\n", s.name, s.account)
	b.WriteString("organization: {create: true, policyTypes: [SERVICE_CONTROL_POLICY]}\npolicies:\n")
	for i := range s.policies {
		fmt.Fprintf(&b, "  - name: Deny%d\n    description: closes bucket %d\n    document:\n      Version: 2012-10-17\n      Statement:\n", i, i)
		for k := range 4 {
			fmt.Fprintf(&b, "        - {Sid: S%d, Effect: Deny, Action: [\"s3:Get*\", \"s3:Put*\"], Resource: \"arn:aws:s3:::bucket-%d-%d/*\"}\n", k, i, k)
		}
	}
	b.WriteString("ous:\n")
	for u := range s.units {
		var on []string
		for k := range s.perUnit {
			on = append(on, fmt.Sprintf("Deny%d", (u*s.perUnit+k)%s.policies))
		}
		fmt.Fprintf(&b, "  - {name: Course%d, policies: [%s]}\n", u, strings.Join(on, ", "))
	}
	b.WriteString("pools:\n")
	each := s.accounts / s.units
	for u := range s.units {
		tags := ""
		if s.tags {
			tags = fmt.Sprintf(", tags: {course: course-%d}", u)
		}
		fmt.Fprintf(&b, "  - name: pool%d\n    ou: Course%d\n    ids: {from: %d, count: %d}\n", u, u, 10_000+u*each, each)
		fmt.Fprintf(&b, "    account: {name: \"${{ id }}\", email: \"lab${{ id }}@example.com\"%s}\n    csv: accounts/%s.csv\n", tags, s.name)
	}
	fmt.Fprintf(&b, "safety: {maxAccountCreates: %d}\n", s.accounts)
	return b.String()
}

// repo lays a repository with the payer, and gives its folder.
func (s size) repo(dir string) (string, error) {
	dir = filepath.Join(dir, s.name)
	for _, d := range []string{".git", "payers"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			return "", err
		}
	}
	return dir, os.WriteFile(filepath.Join(dir, "payers", s.name+".yaml"), []byte(s.file()), 0o644)
}
