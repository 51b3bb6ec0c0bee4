package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/payer-reconciler/reconciler/presets"
	"github.com/payer-reconciler/reconciler/reconcile"
	"github.com/payer-reconciler/reconciler/report"
	"github.com/payer-reconciler/reconciler/spec"
	"github.com/payer-reconciler/reconciler/words"
)

// A payer that is in no file any more is in no plan, and its organization is left
// to itself. Whoever reviews the change reads that beside the plans.

// tellGone tells the payers that the change takes out of the files, or calls by
// another name, and gives the names of these.
func (t *touched) tellGone() ([]string, error) {
	var gone []string
	for _, ch := range t.all {
		names := slices.Concat(slices.Collect(maps.Keys(ch.before.payers)), ch.before.broken)
		slices.Sort(names)
		var now *present
		for _, name := range slices.Compact(names) {
			if len(t.only) > 0 && !slices.Contains(t.only, name) && !t.renames(ch, name) {
				continue
			}
			if now == nil {
				now = t.present()
			}
			if now.has(name) {
				continue
			}
			if err := t.tellOne(ch, name, now); err != nil {
				return nil, err
			}
			gone = append(gone, name)
		}
		if err := t.tellElsewhere(ch); err != nil {
			return nil, err
		}
	}
	return gone, nil
}

// tellElsewhere tells the payers whose name another account bears by now.
func (t *touched) tellElsewhere(ch *changes) error {
	for _, p := range t.payers {
		was := ch.named(p.Name)
		if p.Root != ch.root || was == nil || was.AccountID == p.AccountID || manages(t.present().payers, was.AccountID) {
			continue
		}
		accounts, err := ch.accounts(was)
		if err != nil {
			return err
		}
		t.s.of[p.Name] = append(t.s.of[p.Name], report.Notice{Name: report.PayerGone, Level: report.Caution, Text: fmt.Sprintf(
			"the accountId of %s was %s: a merge ends the management of that organization. Nothing is changed in AWS. %s", p.Name, was.AccountID, unhealed(accounts))})
	}
	return nil
}

// renames says that a payer which was asked for has the account of another one
// by now.
func (t *touched) renames(ch *changes, name string) bool {
	was := ch.before.payers[name]
	return was != nil && manages(t.payers, was.AccountID)
}

func manages(payers []*spec.Payer, account string) bool {
	return slices.ContainsFunc(payers, func(p *spec.Payer) bool { return p.AccountID == account })
}

// tellOne tells of one payer that is gone.
func (t *touched) tellOne(ch *changes, name string, now *present) error {
	t.s.beside = append(t.s.beside, name)
	was := ch.before.payers[name]
	if was == nil {
		t.s.notices = append(t.s.notices, goneNotice(name, "", 0))
		return nil
	}
	accounts, err := ch.accounts(was)
	if err != nil {
		return err
	}
	for _, p := range now.payers {
		if p.AccountID != was.AccountID || p.Root != ch.root || ch.before.payers[p.Name] != nil {
			continue
		}
		n := report.Notice{Name: report.PayerRenamed, Level: report.Caution, Text: fmt.Sprintf(
			"the payer %s of account %s is called %s now. In AWS the tag reconciler:payer says %[1]s still: that of the root refuses every plan of %[3]s, "+
				"and what else bears it is left alone. %s", name, was.AccountID, p.Name, unhealed(accounts))}
		if !slices.Contains(t.payers, p) {
			t.s.notices = append(t.s.notices, n)
		} else {
			t.s.of[p.Name] = append(t.s.of[p.Name], n)
		}
		return nil
	}
	t.s.notices = append(t.s.notices, goneNotice(name, was.AccountID, accounts))
	return nil
}

func goneNotice(name, account string, accounts int) report.Notice {
	of := ""
	if account != "" {
		of = " of account " + account
	}
	return report.Notice{Name: report.PayerGone, Level: report.Caution, Payer: name, Text: fmt.Sprintf(
		"the payer %s%s is in no payer file any more: a merge ends the management of its organization. Nothing is changed in AWS. %s", name, of, unhealed(accounts))}
}

// unhealed says what becomes of an organization that nobody manages any more.
func unhealed(accounts int) string {
	switch s := "Nothing there is healed any more"; accounts {
	case 0:
		return s + "."
	case 1:
		return s + "; 1 account, by its CSV, is then managed by nobody."
	default:
		return s + "; " + words.Count(accounts, "account", "accounts") + ", by its CSV, are then managed by nobody."
	}
}

// accounts counts those that the CSVs of a payer name, where the other line is
// by now.
func (ch *changes) accounts(was *spec.Payer) (int, error) {
	return reconcile.AccountsIn(was, ch.there.Read)
}

// present are the payers that the files have, whichever were asked for.
type present struct {
	payers []*spec.Payer
	broken []string
	any    bool // a broken file may be of any payer
}

// present looks for payers in the folders of the call: one that another file
// bears is not gone.
func (t *touched) present() *present {
	p := &present{payers: t.payers, broken: slices.Clone(t.oldNames)}
	for _, b := range t.ours {
		p.broken = append(p.broken, b.Payer)
		p.any = p.any || b.Payer == ""
	}
	whole := len(t.only) == 0
	var folders []string
	for _, path := range t.paths {
		info, err := os.Stat(path)
		if err == nil && !info.IsDir() || err != nil {
			whole, path = false, filepath.Dir(path)
		}
		if _, err := os.Stat(path); err == nil {
			folders = append(folders, path)
		}
	}
	if whole || len(folders) == 0 {
		return p
	}
	more, err := spec.Load(folders, spec.Options{Presets: presets.FS})
	for _, q := range more {
		if !p.has(q.Name) {
			p.payers = append(p.payers, q)
		}
	}
	p.broken = append(p.broken, namesOf(spec.Broken(err))...)
	return p
}

func (p *present) has(name string) bool {
	return p.any || slices.Contains(p.broken, name) || slices.ContainsFunc(p.payers, func(q *spec.Payer) bool { return q.Name == name })
}

// brokenBefore tells a file that had mistakes before the change, too.
func brokenBefore(b spec.BrokenFile) report.Notice {
	return report.Notice{Name: report.BrokenBefore, Level: report.Warning, Payer: b.Payer,
		Text: b.File + " was broken before, and is left out: reconciler validate says why"}
}

// baseMoved tells what was done to the files of a payer where the work tree
// parted from, and is missing here: the plan takes that back. Of CSVs, which a
// daemon writes, the plan only counts rows of older ones.
func (ch *changes) baseMoved(p *spec.Payer, ref string) ([]report.Notice, error) {
	files, csvs := filesOf(p), csvsNamed(p)
	for _, other := range []*spec.Payer{ch.before.payers[p.Name], ch.there.payers[p.Name]} {
		if other != nil {
			files, csvs = append(files, filesOf(other)...), append(csvs, csvsNamed(other)...)
		}
	}
	slices.Sort(files)
	var moved []string
	rows := true
	for _, path := range slices.Compact(files) {
		is, err := ch.past.Moved(path)
		switch {
		case err != nil:
			return nil, err
		case is:
			moved = append(moved, path)
			rows = rows && slices.Contains(csvs, path)
		}
	}
	switch {
	case len(moved) == 0:
		return nil, nil
	case rows:
		return []report.Notice{{Name: report.BaseMoved, Level: report.Note, Text: fmt.Sprintf(
			"%s has changed %s since this branch began: rows that the plan counts may be there already; merge %[1]s first", ref, words.Some(moved, 3))}}, nil
	}
	return []report.Notice{{Name: report.BaseMoved, Level: report.Caution, Text: fmt.Sprintf(
		"%s has changed %s since this branch began, and the branch lacks that: this plan undoes it. Merge %[1]s first, and plan again", ref, words.Some(moved, 3))}}, nil
}
