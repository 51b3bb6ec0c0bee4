package self

import "github.com/payer-reconciler/reconciler/iampolicy"

// LosesTrust lists who could assume a role under its trust policy before and
// cannot under the one after, with the external id or the circumstance that
// makes the difference. Ask it of roles that a [Set] protects, with the document
// that AWS has and the one that will be written.
func LosesTrust(before, after string) []string {
	return iampolicy.LostTrust([]byte(before), []byte(after))
}
