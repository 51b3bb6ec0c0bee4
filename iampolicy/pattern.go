package iampolicy

// matches reports whether all of s is what pattern says: * is any number of
// characters, none too, and ? is any one (IAM User Guide, "IAM JSON policy
// elements: Resource"). Letter case counts. It takes time in the product of the
// lengths at worst.
func matches(pattern, s string) bool {
	p, i := 0, 0
	star, from := -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			from++
			p, i = star+1, from
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}
