package report

// documentRoom is how many lines of documents stand among the changes of a
// payer, so that these can be read; in Markdown what has no room stands in a fold
// of its own, behind them.
const documentRoom = 120

// documents are those of what is created.
type documents struct {
	room  int      // for so many lines more
	lines []string // of those that had no room
	n     int
}

// add adds the fields of a creation, in the colour of its line.
func (d *documents) add(to []string, first string, g *group) []string {
	if d == nil {
		return to
	}
	for _, m := range g.makes() {
		if m.fits(&d.room) {
			to = append(to, first+"   "+m.line)
			for _, l := range m.lines {
				to = append(to, first+"     "+l)
			}
			continue
		}
		to = append(to, first+"   "+m.size+"; below")
		d.n++
		d.lines = append(d.lines, first+" "+g.subject()+": "+m.line)
		for _, l := range m.lines {
			d.lines = append(d.lines, first+"   "+l)
		}
	}
	return to
}

// fold adds the documents that had no room.
func (d *documents) fold(f *fold) {
	if d.n == 0 {
		return
	}
	p := fenced("diff", d.lines)
	p.early = true
	f.inner(count(d.n, "document")+" of what is created", p)
}
