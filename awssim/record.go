package awssim

import (
	"encoding/json"
	"io"
	"os"
	"regexp"
	"sync"

	"github.com/payer-reconciler/reconciler/awssim/wire"
)

// recorder writes exchanges as lines of JSON. A nil recorder writes nothing.
type recorder struct {
	mu sync.Mutex
	to io.Writer
}

// exchange is a line of the record.
type exchange struct {
	Service   string        `json:"service"`
	Operation string        `json:"operation"`
	Request   string        `json:"request"`
	Status    int           `json:"status"`
	ErrorType string        `json:"errorType,omitempty"` // of the REST protocol, which has it in a header
	Response  string        `json:"response"`
	HTTP      *restExchange `json:"http,omitempty"`
}

// newRecorder writes to a writer or, without one, to the end of a file. A file
// that cannot be opened is a mistake of whoever asked for it, and must not
// look like a record without calls.
func newRecorder(to io.Writer, file string) *recorder {
	if to == nil && file != "" {
		f, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			panic("awssim: open the record of AWS calls: " + err.Error())
		}
		to = f
	}
	if to == nil {
		return nil
	}
	return &recorder{to: to}
}

var (
	secrets = regexp.MustCompile(`<(SecretAccessKey|SessionToken)>[^<]*<`)
	inputs  = regexp.MustCompile(`(^|&)(ExternalId|Password)=[^&]*`)
	codes   = regexp.MustCompile(`(^|&)(TokenCode|AuthenticationCode[12])=[^&]*`)
	// an external id in a trust policy, in the encoding of forms and of IAM
	trusted = regexp.MustCompile(`(?i)(sts%3AExternalId%22(?:%3A|%20|%0A|%09|\+)*)(%5B.*?%5D|%22.*?%22)`)
)

// redact takes out of a request and its answer what is a secret, or might be
// one in earnest.
func redact(request, response string) (string, string) {
	request = codes.ReplaceAllString(inputs.ReplaceAllString(request, "${1}${2}=REDACTED"), "${1}${2}=000000")
	response = secrets.ReplaceAllString(response, "<$1>REDACTED<")
	return trusted.ReplaceAllString(request, "${1}%22REDACTED%22"), trusted.ReplaceAllString(response, "${1}%22REDACTED%22")
}

// write records one exchange; a dropped one has no answer to record. A line
// goes out in one write, so that several processes may share a file.
func (r *recorder) write(q *wire.Request, reply *wire.Reply) {
	if r == nil || reply == nil {
		return
	}
	request, response := redact(string(q.Body), string(reply.Body))
	line, err := json.Marshal(exchange{
		Service: q.Service, Operation: q.Operation, Status: reply.Status, Request: request, Response: response,
		ErrorType: reply.Header.Get("X-Amzn-Errortype"),
		HTTP:      recordRest(q, reply),
	})
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to.Write(append(line, '\n'))
}
