package reconcile

import (
	"github.com/payer-reconciler/reconciler/inventory"
	"github.com/payer-reconciler/reconciler/spec"
)

// Columns says how a CSV of a payer is read and written.
func Columns(f spec.CSV) inventory.File { return file(f) }
