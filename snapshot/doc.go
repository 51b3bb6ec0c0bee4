// Package snapshot keeps what AWS has of one payer in a file, and gives it back
// to a plan in the place of AWS.
//
// [Take] comes first: it asks AWS, in bulk, what any plan of the payer may ask,
// then lets the ordinary plan run and keeps what that asked beside. The [File]
// holds the answers as AWS gave them. [Read] reads a file again, and
// [File.Answer] is the answer of a session ([cloud.Options]) that calls nothing.
//
// What the file does not hold is an error that names it, never an absence. What
// is absent in AWS stands in the file as AWS's own word that it is.
//
// There are no credentials in a file: neither those of who took it, nor those of
// roles that were entered, nor the ids of access keys. The documents of policies
// are in it whole, the external ids in trust policies too, for a plan compares
// them; so are addresses of accounts and telephone numbers of contacts.
package snapshot
