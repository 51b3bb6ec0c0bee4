package bucketpolicy

import (
	"encoding/json"
	"fmt"
	"regexp"

	"github.com/payer-reconciler/reconciler/resource"
)

// uniqueID is what S3 shows in the place of a role's or a user's ARN once that
// is deleted (IAM user guide, "AWS JSON policy elements: Principal", 2026).
var uniqueID = regexp.MustCompile(`^(AROA|AIDA)[A-Z0-9]+$`)

// orphan says which statement that is not among attrs, and so stays, names a principal that is
// deleted, and what to do: S3 gives such a policy out and takes none back. It is
// "" where there is none.
func orphan(document string, attrs resource.Attrs) string {
	var have policy
	if document == "" || json.Unmarshal([]byte(document), &have) != nil {
		return "" // what cannot be read is not written either
	}
	for i, text := range have.Statement {
		id, name := deleted(text), sid(text)
		_, named := attrs[statement+name]
		switch {
		case id == "", named:
		case name != "":
			return fmt.Sprintf("the statement %s, which the file does not name, names %s, a role or user that was deleted, and S3 takes no such policy: "+
				"take the principal out in S3, or put %s among the bucket's `absent`", name, id, name)
		default:
			return fmt.Sprintf("statement %d of the bucket's policy, which has no Sid, names %s, a role or user that was deleted, and S3 takes no such policy: "+
				"take the principal out in S3", i+1, id)
		}
	}
	return ""
}

// deleted finds a principal of a statement that is no more, "" where there is none.
func deleted(text json.RawMessage) string {
	var read struct{ Principal, NotPrincipal json.RawMessage }
	if json.Unmarshal(text, &read) != nil {
		return ""
	}
	for _, p := range []json.RawMessage{read.Principal, read.NotPrincipal} {
		var of struct{ AWS any }
		if json.Unmarshal(p, &of) != nil {
			continue // "*", or not there
		}
		all, _ := of.AWS.([]any)
		for _, v := range append(all, of.AWS) {
			if id, ok := v.(string); ok && uniqueID.MatchString(id) {
				return id
			}
		}
	}
	return ""
}
