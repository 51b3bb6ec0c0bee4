package cloud

// ratePart is a row as it was written: what it names overrides.
type ratePart struct {
	service    string
	operations []string
	rate       Rate
	any        bool // it says something of the rate
}

// row reads one row and lays it over the table.
func (f *rateFile) row() {
	at := f.skip(int(f.dec.InputOffset()))
	before := len(f.mistakes)
	var p ratePart
	f.object("a row", "service, operations, perSecond, burst, inProgress, seconds, cap, source and date", func(key string) bool {
		switch key {
		case "service":
			p.service = f.text(key)
		case "operations":
			f.list(key, func() { p.operations = append(p.operations, f.text("an operation")) })
		case "source":
			p.rate.Source = f.text(key)
		case "date":
			p.rate.Date = f.text(key)
		default:
			known := f.limit(key, &p.rate)
			p.any = p.any || known
			return known
		}
		return true
	})
	if len(f.mistakes) > before {
		return
	}
	switch {
	case p.service == "":
		f.mistake(at, `the row has no "service", such as Organizations`)
	case len(p.operations) == 0:
		f.mistake(at, `the row has no "operations"`)
	case !p.any:
		f.mistake(at, "the row says nothing of its operations; perSecond and burst do")
	}
	if len(f.mistakes) > before {
		return
	}
	for _, name := range p.operations {
		f.lay(at, operationKey{p.service, name}, p.rate)
	}
}

// limit reads what a row says of a rate, and says whether it knows the key.
func (f *rateFile) limit(key string, r *Rate) bool {
	switch key {
	case "perSecond":
		r.PerSecond = f.number(key)
	case "burst":
		r.Burst = f.whole(key)
	case "inProgress":
		r.InProgress = f.whole(key)
	case "seconds":
		r.Seconds = f.most(key, mostSeconds, "86,400, a day")
	case "cap":
		r.Cap = f.cap()
	default:
		return false
	}
	return true
}

func (f *rateFile) cap() *Cap {
	c := &Cap{}
	at := f.skip(int(f.dec.InputOffset()))
	before := len(f.mistakes)
	f.object("cap", "days, calls, percentOfMembers, percentOfAccountQuota and most", func(key string) bool {
		switch key {
		case "days":
			at := f.skip(int(f.dec.InputOffset()))
			if c.Days = f.whole(key); c.Days > mostDays {
				f.mistake(at, "days must be at most 3,650, ten years")
			}
		case "calls":
			c.Calls = f.whole(key)
		case "percentOfMembers":
			c.PercentOfMembers = f.whole(key)
		case "percentOfAccountQuota":
			c.PercentOfAccountQuota = f.whole(key)
		case "most":
			c.Most = f.whole(key)
		default:
			return false
		}
		return true
	})
	if len(f.mistakes) == before && (c.Days == 0 || c.Calls == 0) {
		f.mistake(at, "cap needs days and calls")
	}
	return c
}

// lay puts what a row says of an operation over what was known of it.
func (f *rateFile) lay(at int, key operationKey, over Rate) {
	switch first, there := f.rows[key]; {
	case there && first == at:
		f.mistake(at, "the row names %s twice", key.name)
		return
	case there:
		f.mistake(at, "%s of %s has a row already, at %s; one is enough, and which counts is not clear", key.name, key.service, f.place(first))
		return
	}
	f.rows[key] = at
	r := f.out.rows[key]
	if over.PerSecond > 0 {
		r.PerSecond = over.PerSecond
	}
	if over.Burst > 0 {
		r.Burst = over.Burst
	}
	if over.InProgress > 0 {
		r.InProgress = over.InProgress
	}
	if over.Seconds > 0 {
		r.Seconds = over.Seconds
	}
	if over.Cap != nil {
		r.Cap = over.Cap
	}
	r.Source, r.Date = over.Source, over.Date
	if r.Source == "" {
		r.Source = f.name
	}
	switch {
	case (r.PerSecond > 0) != (r.Burst > 0):
		f.mistake(at, "%s needs perSecond and burst, for AWS publishes neither", key.name)
	case (r.InProgress > 0) != (r.Seconds > 0):
		f.mistake(at, "%s needs inProgress and seconds together", key.name)
	case r.PerSecond > 0 && r.PerSecond < slowestRate:
		f.mistake(at, "%s: less than a call a day is no rate", key.name)
	}
	f.out.put(key, r)
}

// Beyond these a figure is a slip of the keyboard, and so would the forecast be.
const (
	slowestRate = 1.0 / (24 * 3600) // a call a day
	mostSeconds = 24 * 3600
	mostDays    = 3650
)
