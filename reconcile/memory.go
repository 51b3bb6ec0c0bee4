package reconcile

// Memory is what passes over one payer leave for later ones. Its zero value is
// empty and ready.
type Memory struct{}
