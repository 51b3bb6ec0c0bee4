// Package inventory makes the CSV of accounts that a payer repository holds and
// that vendors import.
//
// [Bytes] makes the file from the accounts, [Diff] counts what changes in it and
// [IDs] says which accounts the file at hand knows. Those are pure. [Write] and
// [Sweep], in a file of their own, put it on the disk.
package inventory
