// Package reconcile is one pass over one payer: read, plan, apply, and the CSVs
// of its accounts. Call [Plan], show what it found, then [Planned.Apply].
package reconcile
