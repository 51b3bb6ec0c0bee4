package awssim

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/awssim/wire"
	"github.com/payer-reconciler/reconciler/awssim/world"
)

// operation is one operation of a service.
type operation struct {
	write      bool     // it changes something that a caller can see
	settles    bool     // asking also ends work under way
	atOnce     bool     // no list lags it, nor what came before it
	lags       bool     // it shows a write only later, where a lag is asked for
	list       string   // the member that it pages, "" where it does not
	noConflict bool     // it does not declare ConcurrentModificationException
	need       []string // members that must be given
	run        func(w *world.World, c *call) (any, error)
}

// call is one request on its way. It is not changed once it is checked: the
// lagging copy of the world runs it a second time.
type call struct {
	*wire.Request
	who    world.Caller
	page   world.Page
	org    *orgInput
	tag    *tagInput
	acct   *accountInput
	issuer string // the account that unknown keys act as
}

// service is a set of operations and how their input is read and checked.
type service struct {
	operations map[string]operation
	read       func(*call, operation) error
}

func services() map[string]service {
	return map[string]service{
		"organizations": {all(organizationTree, organizationAccounts, organizationPolicies), readOrganizations},
		"sts":           {sts, readSTS},
		"account":       {accounts, readAccount},
		"tagging":       {tagging, readTagging},
	}
}

// emptyToken marks a token that stands behind an empty page.
const emptyToken = "e."

func (c *call) token(next uint64) string {
	if next == 0 {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(c.Operation + "/" + strconv.FormatUint(next, 36)))
}

// after reads a token that the same operation gave.
func (c *call) after(token string) (uint64, bool) {
	token = strings.TrimPrefix(token, emptyToken)
	if token == "" {
		return 0, true
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, false
	}
	op, n, ok := strings.Cut(string(b), "/")
	seq, err := strconv.ParseUint(n, 36, 64)
	return seq, ok && err == nil && op == c.Operation
}

// listed is a page as the JSON protocols show it.
func (c *call) listed(name, tokenName string, items any, next uint64) map[string]any {
	out := map[string]any{name: items}
	if t := c.token(next); t != "" {
		out[tokenName] = t
	}
	return out
}
