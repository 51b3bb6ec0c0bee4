package report

// documentRoom is how many lines of documents stand among the changes of a
// payer; what has no room stands in a fold of its own, behind them, so that the
// list of changes can be read.
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
		switch n := len(m.lines); {
		case n == 0:
			to = append(to, first+"   "+m.line)
		case n <= madeLines && n <= d.room:
			d.room -= n
			to = append(to, first+"   "+m.line)
			for _, l := range m.lines {
				to = append(to, first+"     "+l)
			}
		default:
			to = append(to, first+"   "+m.line+"  "+m.size+"; below")
			d.n++
			d.lines = append(d.lines, first+" "+g.subject()+": "+m.line)
			for _, l := range m.lines {
				d.lines = append(d.lines, first+"   "+l)
			}
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
