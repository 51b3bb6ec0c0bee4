package lint

import (
	"fmt"
	"strings"
)

// badAction says why a pattern of actions means none.
func badAction(p string) string {
	if strings.Trim(p, "*") == "" || strings.Contains(p, "${") {
		return ""
	}
	service, name, ok := strings.Cut(p, ":")
	switch {
	case !ok || service == "":
		return "it names no service; write service:action"
	case name == "":
		return "it names no action; all of a service are " + service + ":*"
	}
	if r, bad := stray(service, "-*?"); bad {
		return fmt.Sprintf("no service has %q in its prefix", r)
	}
	if r, bad := stray(name, "_-*?"); bad {
		return fmt.Sprintf("no action has %q in its name; the wildcards are * and ?", r)
	}
	return ""
}

// stray finds a character that is no letter or digit of ASCII and not among more.
func stray(s, more string) (rune, bool) {
	for _, r := range s {
		if !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune(more, r)) {
			return r, true
		}
	}
	return 0, false
}

const sixParts = "arn:partition:service:region:account:resource"

// badARN says why no ARN is what a pattern of ARNs means. A * that ends a part
// may stand for more than that part, and a variable for anything: then it is
// silent.
func badARN(p string) string {
	head, _, variable := strings.Cut(p, "${")
	if !strings.HasPrefix(head, "arn:") || strings.Contains(p, "*:") || variable && strings.Count(head, ":") < 5 {
		return ""
	}
	parts := strings.SplitN(p, ":", 6)
	for i, name := range []string{"partition", "service", "region", "account"} {
		if i+1 >= len(parts) {
			break
		}
		if r, bad := stray(parts[i+1], "-*?"); bad {
			return fmt.Sprintf("%q has no place in the %s: an ARN is %s", r, name, sixParts)
		}
	}
	if len(parts) < 6 {
		if strings.HasSuffix(p, "*") {
			return ""
		}
		return wrongParts(len(parts))
	}
	service, region, account := parts[2], parts[3], parts[4]
	switch {
	case account != "" && strings.Trim(account, "0123456789-") == "" && (len(account) != 12 || strings.Contains(account, "-")):
		return fmt.Sprintf("%s is no account id, which has 12 digits", account)
	case service == "iam" && region != "" && !strings.ContainsAny(region, "*?"):
		return "ARNs of IAM have no region: arn:aws:iam::account:resource"
	case service == "iam" && account == "":
		return "ARNs of IAM have an account: arn:aws:iam::account:resource"
	}
	return ""
}

func wrongParts(n int) string {
	return fmt.Sprintf("it has %d parts between colons: an ARN is %s", n, sixParts)
}
