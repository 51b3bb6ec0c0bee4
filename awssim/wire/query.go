package wire

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"net/url"
)

// queryAPI is a service that speaks the query protocol: the version that its
// requests name, and the namespace of its answers.
type queryAPI struct{ service, version, space string }

var queryAPIs = []queryAPI{
	{"sts", "2011-06-15", "https://sts.amazonaws.com/doc/2011-06-15/"},
	{"iam", "2010-05-08", "https://iam.amazonaws.com/doc/2010-05-08/"},
	{"cloudformation", "2010-05-15", "http://cloudformation.amazonaws.com/doc/2010-05-15/"},
}

// query reads a form: the version tells the service, and where there is none,
// the scope of the credentials does.
func (q *Request) query(r *http.Request, scope string) error {
	form, err := url.ParseQuery(string(q.Body))
	if err != nil {
		return ErrNotAWS
	}
	for k, v := range r.URL.Query() {
		if form[k] == nil {
			form[k] = v
		}
	}
	q.Form, q.Protocol, q.Operation = form, Query, form.Get("Action")
	if q.Operation == "" || r.URL.Path != "/" {
		return ErrNotAWS
	}
	version := form.Get("Version")
	for _, a := range queryAPIs {
		if a.version == version || version == "" && a.service == scope {
			q.Service = a.service
			return nil
		}
	}
	return ErrNotAWS
}

// space is the namespace of a service's answers. What nobody knows is told as
// STS tells it.
func space(service string) string {
	for _, a := range queryAPIs {
		if a.service == service {
			return a.space
		}
	}
	return queryAPIs[0].space
}

func answerQuery(q *Request, id string, out any) (*Reply, error) {
	var b bytes.Buffer
	b.WriteString(`<` + q.Operation + `Response xmlns="` + space(q.Service) + `">`)
	if out != nil {
		if err := EncodeXML(&b, q.Operation+"Result", out); err != nil {
			return nil, err
		}
	}
	b.WriteString(`<ResponseMetadata><RequestId>` + id + `</RequestId></ResponseMetadata></` + q.Operation + `Response>`)
	return reply(http.StatusOK, xmlType, id, b.Bytes()), nil
}

func failQuery(q *Request, id string, f Failure) *Reply {
	type inner struct{ Type, Code, Message string }
	type response struct {
		XMLName   xml.Name
		Error     inner
		RequestId string
	}
	fault := "Sender"
	if f.Status >= 500 {
		fault = "Receiver"
	}
	name := xml.Name{Space: space(q.Service), Local: "ErrorResponse"}
	body, _ := xml.Marshal(response{XMLName: name, Error: inner{fault, f.Code, f.Message}, RequestId: id})
	return reply(f.Status, xmlType, id, body)
}
