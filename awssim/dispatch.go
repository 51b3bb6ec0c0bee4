package awssim

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/awssim/wire"
	"github.com/payer-reconciler/reconciler/awssim/world"
)

// operation is one operation of a service.
type operation struct {
	write      bool              // it changes something that a caller can see
	settles    bool              // asking also ends work under way
	atOnce     bool              // no list lags it, nor what came before it
	lags       bool              // it shows a write only later, where a lag is asked for
	list       string            // the member that it pages, "" where it does not
	empty      func(c *call) any // an empty page with a token, where the JSON one does not do
	noConflict bool              // it does not declare ConcurrentModificationException
	need       []string          // members that must be given
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
	in     any    // the input of any other service, which its read puts here
	issuer string // the account that unknown keys act as
}

// service is a set of operations, how their input is read and checked, and
// what it calls the errors that any of them may answer.
type service struct {
	operations map[string]operation
	read       func(*call, operation) error
	words      words
}

// words are the error codes that a service has for what can hit any operation,
// and the statuses of its own codes where they are not 400.
type words struct {
	throttled, broken, conflict, denied string
	status                              map[string]int
}

// services is all that is simulated. A service of the JSON protocol also
// stands in wire's list of targets, one of the query protocol in its list of
// versions.
func services() map[string]service {
	return map[string]service{
		"organizations":  {all(organizationTree, organizationAccounts, organizationPolicies), readOrganizations, organizationsWords},
		"sts":            {sts, readSTS, words{throttled: "Throttling", broken: "InternalFailure", denied: "AccessDenied"}},
		"account":        {accounts, readAccount, words{throttled: "TooManyRequestsException", broken: "InternalServerException", denied: "AccessDeniedException"}},
		"cloudformation": {cloudformation, readCloudFormation, cloudformationWords},
		"iam":            {iam(), readIAM, iamWords},
		"s3":             {all(s3Buckets, s3Objects, s3Absent), readS3, s3Words},
		"cur":            {reports, readCUR, curWords},
		"servicequotas":  {serviceQuotas, readQuotas, quotaWords},
		"tagging":        {tagging, readTagging, words{throttled: "ThrottledException", broken: "InternalServiceException", denied: "AccessDeniedException"}},
	}
}

// Operations names all that is simulated, each as service:operation, sorted.
func Operations() []string {
	var out []string
	for name, s := range services() {
		for op := range s.operations {
			out = append(out, name+":"+op)
		}
	}
	slices.Sort(out)
	return out
}

var organizationsWords = words{
	throttled: "TooManyRequestsException", broken: "ServiceException",
	conflict: "ConcurrentModificationException", denied: "AccessDeniedException",
}

// readForm reads a query into a struct that has the members of all operations
// of a service.
func readForm[T any](c *call) (*T, error) {
	in := new(T)
	c.in = in
	if err := wire.DecodeForm(c.Form, in); err != nil {
		return nil, &world.Error{Code: "ValidationError", Message: err.Error()}
	}
	return in, nil
}

// readBody is readForm for the JSON protocols.
func readBody[T any](c *call) (*T, error) {
	in := new(T)
	c.in = in
	if len(c.Body) > 0 && json.Unmarshal(c.Body, in) != nil {
		return nil, &world.Error{Code: "SerializationException", Message: "The request body is not of the shape of this operation."}
	}
	return in, nil
}

// input is what the service's read made of a call.
func input[T any](c *call) *T { return c.in.(*T) }

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
