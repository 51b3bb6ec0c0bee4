package bootstrap

// Table gives every operation that the tool calls.
func Table() []Row { return table() }
