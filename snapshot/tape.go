package snapshot

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/payer-reconciler/reconciler/cloud"
)

// tape holds answers by their questions. It is safe to use from several
// goroutines.
type tape struct {
	payer  string // the account
	shapes map[string]map[string]any

	mu   sync.Mutex
	all  map[string]Answer
	kept map[string][]string // by service and operation: the keys

	bulk  bulk
	sweep sweep
}

func newTape(payer string) *tape {
	return &tape{payer: payer, shapes: shapes(), all: map[string]Answer{}, kept: map[string][]string{}}
}

// blank is the answer to a question without the answer.
func (t *tape) blank(q cloud.Question) (Answer, error) {
	in, err := asked(q.Operation, q.Input)
	if err != nil {
		return Answer{}, fmt.Errorf("keep the input of %s: %w", q.Operation, err)
	}
	a := Answer{Service: q.Service, Operation: q.Operation, Input: in}
	if q.Account != t.payer {
		a.Account = q.Account
	}
	switch q.Service {
	case inS3, inReports, inQuotas, inStacks:
		a.Region = q.Region
	case inTagging: // the tags of an organization are in one region
		if bytes.Contains(in, []byte(`"s3"`)) {
			a.Region = q.Region
		}
	}
	return a, nil
}

func (a Answer) key() string {
	return strings.Join([]string{a.Service, a.Operation, a.Account, a.Region, string(a.Input)}, "\n")
}

// put keeps an answer.
func (t *tape) put(a Answer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key, of := a.key(), a.Service+" "+a.Operation
	if _, there := t.all[key]; !there {
		t.kept[of] = append(t.kept[of], key)
	}
	t.all[key] = a
}

// get finds the answer to a question.
func (t *tape) get(key string) (Answer, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a, ok := t.all[key]
	return a, ok
}

// of are the answers to one operation, whatever was asked, errors left out.
func (t *tape) of(service, operation string) []Answer {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Answer
	for _, key := range t.kept[service+" "+operation] {
		if a := t.all[key]; a.Error == nil {
			out = append(out, a)
		}
	}
	return out
}

// answers are all of them.
func (t *tape) answers() []Answer {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make([]Answer, 0, len(t.all))
	for _, a := range t.all {
		out = append(out, a)
	}
	return out
}

// give turns an answer back into what the SDK gives.
func (t *tape) give(a Answer) (any, error) {
	if a.Error != nil {
		return nil, a.Error.back()
	}
	shape, ok := t.shapes[a.Service][a.Operation]
	if !ok {
		return nil, fmt.Errorf("the snapshot has an answer to %s %s, which this version does not know", a.Service, a.Operation)
	}
	out := reflect.New(reflect.TypeOf(shape)).Interface()
	if err := json.Unmarshal(a.Output, out); err != nil {
		return nil, fmt.Errorf("read the snapshot's answer to %s %s: %w", a.Service, a.Operation, err)
	}
	return out, nil
}

// failure is what a file holds of an error, where it is an answer of AWS that
// will be the same to whoever asks: nil where the call failed, or was throttled,
// or had no right credentials.
func failure(err error) *Failure {
	var api smithy.APIError
	var response *smithyhttp.ResponseError
	var unread *smithy.DeserializationError
	status := 0
	if errors.As(err, &response) && response.Response != nil {
		status = response.HTTPStatusCode()
	}
	switch {
	case errors.As(err, &unread) && status >= http.StatusInternalServerError:
		return &Failure{Message: unread.Err.Error(), Status: status} // there is no such service
	case !errors.As(err, &api), status >= http.StatusInternalServerError, api.ErrorFault() == smithy.FaultServer,
		cloud.Throttled(err), credentials[api.ErrorCode()]:
		return nil
	}
	f := &Failure{Code: api.ErrorCode(), Message: api.ErrorMessage(), Status: status}
	if status > 0 {
		f.Region = response.Response.Header.Get(bucketRegion)
	}
	return f
}

const bucketRegion = "X-Amz-Bucket-Region"

// credentials are the codes that speak of who asked, at that moment.
var credentials = map[string]bool{
	"ExpiredToken": true, "ExpiredTokenException": true, "RequestExpired": true, "InvalidClientTokenId": true, "InvalidAccessKeyId": true,
	"UnrecognizedClientException": true, "SignatureDoesNotMatch": true, "InvalidSignatureException": true,
	"IncompleteSignature": true, "IncompleteSignatureException": true, "MissingAuthenticationToken": true, "AuthFailure": true,
}

// back is the error as the SDK gave it.
func (f *Failure) back() error {
	var err error = &smithy.DeserializationError{Err: errors.New(f.Message)}
	if f.Code != "" {
		err = typed(f.Code, &f.Message)
	}
	r := &http.Response{StatusCode: f.Status, Header: http.Header{}}
	if f.Region != "" {
		r.Header.Set(bucketRegion, f.Region)
	}
	return &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: r}, Err: err}}
}
