// Package metrics keeps what a Prometheus server reads of the daemon.
//
// Begin with [New], give the daemon's parts the methods of [Metrics] to call, and
// serve [Metrics.Handler]. There is one registry in each Metrics, and none that is
// global. Every series of a payer bears its name in the label payer, and
// [Metrics.Forget] drops them all.
//
// Two ways of keeping figures: what is counted (passes, changes, calls) lives in
// vectors of the Prometheus library; what is true now (accounts, states, leases)
// lives in one table by payer and is written out at each scrape, so that a scrape
// never sees half of an update.
package metrics
