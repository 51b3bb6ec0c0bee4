// Package orgs is what the kinds of AWS Organizations have in common: our mark
// and other tags, bulk reads, and limits.
package orgs
