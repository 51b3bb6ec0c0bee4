package iampolicy

// Circumstance is a condition key, in lower case, with values; without any it
// is missing.
type Circumstance struct {
	Key    string
	Values []string
}

// Circumstances tell the conditions of the policy apart: for each key what its
// values name, stand beside or leave out, the key missing, and a value that
// hardly any policy names.
func (p *Policy) Circumstances() []Circumstance {
	own := p.circumstances()
	all := make([]Circumstance, len(own))
	for i, c := range own {
		all[i] = Circumstance{c.key, c.values}
	}
	return all
}

// Apart gives of the values of a condition key those that the conditions of the
// policies tell apart: the first of each sort, in the order given.
func Apart(policies []*Policy, key string, values []string) []string {
	var all []string
	seen := map[string]bool{}
	for _, v := range values {
		q := (&Request{Context: map[string][]string{key: {v}}}).query()
		var sort []byte
		for _, p := range policies {
			for i := range p.statements {
				for j := range p.statements[i].conditions {
					if c := &p.statements[i].conditions[j]; c.key == key {
						sort = append(sort, byte(c.holds(&q)))
					}
				}
			}
		}
		if !seen[string(sort)] {
			seen[string(sort)] = true
			all = append(all, v)
		}
	}
	return all
}
