package spec

import (
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/spec/file"
	"github.com/payer-reconciler/reconciler/strictyaml"
)

// across checks what only shows over all files: names, account ids, leases,
// emails and CSV paths that two payers have. The mistake stands in the later file.
func (l *loader) across() {
	names, ids := map[string]*source{}, map[string]*source{}
	emails, csvs, leases := map[string]*source{}, map[string]*source{}, map[string]*source{}
	written := map[string]string{} // the CSV paths as they are first written
	for _, s := range l.files {
		if s.built == nil {
			continue
		}
		f := s.payer
		if name := s.built.Name; name != "" {
			clashes(names, s, name, f.Name.At, "the payer name "+name)
		}
		if id := s.built.AccountID; id != "" {
			clashes(ids, s, id, f.AccountID.At, "the accountId "+strictyaml.Shown(id))
		}
		if lease := s.built.Lease; lease != nil {
			s.leaseAcross(leases, lease)
		}
		s.emailsAcross(emails)
		for _, c := range s.built.CSVs() {
			at := file.At{File: c.Pos.File, Line: c.Pos.Line, Column: c.Pos.Column}
			key, what := s.root+"\x00"+strings.ToLower(c.Path), "the CSV "+c.Path
			if first := written[key]; first == "" {
				written[key] = c.Path
			} else if first != c.Path {
				what = "the CSV " + first + " (the same but for letter case)"
			}
			clashes(csvs, s, key, at, what)
		}
	}
}

// leaseAcross tells a lock that two payers would take from each other, be they
// in one account or not. Payers of one name are told as such.
func (s *source) leaseAcross(leases map[string]*source, lease *Lease) {
	key := lease.Bucket + "\x00" + lease.Key
	if first := leases[key]; first != nil && first.built.Name == s.built.Name {
		return
	}
	at := file.At{File: lease.Pos.File, Line: lease.Pos.Line, Column: lease.Pos.Column, Path: "lease"}
	clashes(leases, s, key, at, "the lease "+strictyaml.Shown(lease.Key)+" in "+lease.Bucket)
}

// clashes notes whose a value is, and the mistake where it is another's. Neither
// of the two is safe then, and a file that was asked for alone does not pass
// because the mistake stands in the other.
func clashes(of map[string]*source, s *source, key string, at file.At, what string) {
	first := of[key]
	if first == nil || first == s {
		of[key] = s
		return
	}
	s.told(first, s.errs.add(at, "%s has %s too", first.name, what))
}

// told says that two files clash, by a mistake in s.
func (s *source) told(other *source, e *Error) {
	s.clash, other.clash = true, true
	other.shared = append(other.shared, e)
	s.wanted = s.wanted || other.wanted
}

// emailsAcross tells the first address of a file that another has. Every file
// that has one of them clashes.
func (s *source) emailsAcross(emails map[string]*source) {
	n, at, email := 0, file.At{}, ""
	var others []*source
	for a := range s.built.AllAccounts() {
		key := strings.ToLower(a.Email)
		if key == "" {
			continue
		}
		first := emails[key]
		if first == nil || first == s {
			emails[key] = s
			continue
		}
		if n++; n == 1 {
			email, at = a.Email, file.At{File: a.Pos.File, Line: a.Pos.Line, Column: a.Pos.Column}
		}
		if !slices.Contains(others, first) {
			others = append(others, first)
		}
	}
	if n == 0 {
		return
	}
	e := s.errs.add(at, "%s has the email %s too%s", others[0].name, strictyaml.Shown(email), andMore(n-1))
	for _, other := range others {
		s.told(other, e)
	}
}
