package wire

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// Reply is an answer as bytes.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Failure is an error as a service tells it.
type Failure struct {
	Status                int
	Code, Message, Reason string
	Region                string // of S3: where the bucket is
}

func reply(status int, typ, id string, body []byte) *Reply {
	h := http.Header{"Content-Type": {typ}, "X-Amzn-Requestid": {id}}
	return &Reply{Status: status, Header: h, Body: body}
}

const (
	jsonType = "application/x-amz-json-1.1"
	restType = "application/json"
	xmlType  = "text/xml"
)

// Answer encodes what an operation gives. For [Query] it must be a value that
// [EncodeXML] knows; a nil out is an answer without a result.
func Answer(q *Request, id string, out any) (*Reply, error) {
	if q.Protocol == Query {
		return answerQuery(q, id, out)
	}
	if q.Protocol == RestXML {
		return answerRest(q, id, out)
	}
	var body []byte
	if out != nil {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(out); err != nil {
			return nil, err
		}
		body = bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	}
	typ := jsonType
	if q.Protocol == REST {
		typ = restType
	}
	return reply(http.StatusOK, typ, id, body), nil
}

// Fail encodes an error.
func Fail(q *Request, id string, f Failure) *Reply {
	switch q.Protocol {
	case Query:
		return failQuery(q, id, f)
	case RestXML:
		return failRest(q, id, f)
	case REST:
		body, _ := json.Marshal(map[string]string{"message": f.Message})
		r := reply(f.Status, restType, id, body)
		r.Header.Set("X-Amzn-Errortype", f.Code)
		return r
	}
	m := map[string]string{"__type": f.Code, "Message": f.Message}
	if f.Reason != "" {
		m["Reason"] = f.Reason
	}
	body, _ := json.Marshal(m)
	return reply(f.Status, jsonType, id, body)
}
