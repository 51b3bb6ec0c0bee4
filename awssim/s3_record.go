package awssim

import (
	"net/http"
	"slices"
	"strings"

	"github.com/payer-reconciler/reconciler/awssim/wire"
)

// restExchange is what a line of the record has of an exchange in REST-XML
// that is neither in the body of the request nor in that of the answer.
type restExchange struct {
	Method  string            `json:"method"`
	Bucket  string            `json:"bucket"`
	Key     string            `json:"key"`
	Query   map[string]string `json:"query"`
	Headers map[string]string `json:"headers"`
	Answer  map[string]string `json:"answer"`
}

// secretHeaders are not for a record.
var secretHeaders = []string{"Authorization", "X-Amz-Security-Token"}

func recordRest(q *wire.Request, reply *wire.Reply) *restExchange {
	if q.Rest == nil {
		return nil
	}
	x := &restExchange{
		Method: q.Rest.Method, Bucket: q.Rest.Bucket, Key: q.Rest.Key,
		Query: map[string]string{}, Headers: flat(q.Rest.Header), Answer: flat(reply.Header),
	}
	for k, v := range q.Rest.Query {
		if !strings.HasPrefix(k, "X-Amz-") {
			x.Query[k] = strings.Join(v, ",")
		}
	}
	return x
}

func flat(h http.Header) map[string]string {
	out := map[string]string{}
	for k, v := range h {
		if !slices.Contains(secretHeaders, k) {
			out[k] = strings.Join(v, ",")
		}
	}
	return out
}
