package planner

// Guard gives the guard that stands where more is planned than the limit allows;
// a percentage is that of Base.
func (l Limit) Guard(name string, planned int) []Guard { return over(name, planned, l, l.Base) }
