package wire

import (
	"bytes"
	"encoding/xml"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Rest is what a request of [RestXML] says outside of its body: that of S3,
// which is the one service that speaks it here.
type Rest struct {
	Method      string
	Bucket, Key string
	Hosted      bool // the bucket is in the host, not in the path
	Query       url.Values
	Header      http.Header
}

// Document is an answer of [RestXML]: an XML document, or bytes as they are.
type Document struct {
	Status int         // 200 where it is 0
	Header http.Header // beside what every answer has
	Root   string      // the name of the document; "" where Raw is the body
	Value  any         // what encoding/xml makes the document of
	Raw    []byte
}

const s3Space = "http://s3.amazonaws.com/doc/2006-03-01/"

// subresources are the parts of a bucket or an object that a query can name.
var subresources = strings.Fields(`abac accelerate acl analytics attributes cors delete encryption intelligent-tiering inventory legal-hold
	lifecycle location logging metadataConfiguration metadataTable metrics notification object-lock ownershipControls policy
	policyStatus publicAccessBlock replication requestPayment restore retention select session tagging torrent uploadId uploads
	versioning versions website`)

// bucketParts are the subresources that are simulated, and what their
// operations are called.
var bucketParts = map[string]map[string]string{
	"acl":               {"GET": "GetBucketAcl"},
	"accelerate":        {"GET": "GetBucketAccelerateConfiguration"},
	"cors":              {"GET": "GetBucketCors"},
	"encryption":        {"PUT": "PutBucketEncryption", "GET": "GetBucketEncryption", "DELETE": "DeleteBucketEncryption"},
	"lifecycle":         {"PUT": "PutBucketLifecycleConfiguration", "GET": "GetBucketLifecycleConfiguration", "DELETE": "DeleteBucketLifecycle"},
	"location":          {"GET": "GetBucketLocation"},
	"logging":           {"GET": "GetBucketLogging"},
	"object-lock":       {"GET": "GetObjectLockConfiguration"},
	"ownershipControls": {"PUT": "PutBucketOwnershipControls", "GET": "GetBucketOwnershipControls", "DELETE": "DeleteBucketOwnershipControls"},
	"policy":            {"PUT": "PutBucketPolicy", "GET": "GetBucketPolicy", "DELETE": "DeleteBucketPolicy"},
	"policyStatus":      {"GET": "GetBucketPolicyStatus"},
	"publicAccessBlock": {"PUT": "PutPublicAccessBlock", "GET": "GetPublicAccessBlock", "DELETE": "DeletePublicAccessBlock"},
	"replication":       {"GET": "GetBucketReplication"},
	"requestPayment":    {"GET": "GetBucketRequestPayment"},
	"tagging":           {"PUT": "PutBucketTagging", "GET": "GetBucketTagging", "DELETE": "DeleteBucketTagging"},
	"versioning":        {"PUT": "PutBucketVersioning", "GET": "GetBucketVersioning"},
	"website":           {"GET": "GetBucketWebsite"},
}

// rest reads a request for S3. The name of an operation that is not simulated
// is put together from what it asks.
func (q *Request) rest(r *http.Request) {
	h := &Rest{Method: r.Method, Query: r.URL.Query(), Header: r.Header}
	path := strings.TrimPrefix(r.URL.Path, "/")
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	if h.Bucket = hosted(host); h.Bucket != "" {
		h.Key, h.Hosted = path, true
	} else {
		h.Bucket, h.Key, _ = strings.Cut(path, "/")
	}
	q.Service, q.Protocol, q.Rest = "s3", RestXML, h
	q.Body = unchunked(r.Header, q.Body)
	q.Operation = h.operation()
}

func (h *Rest) operation() string {
	part := ""
	for _, s := range subresources {
		if h.Query.Has(s) {
			part = s
		}
	}
	whole := map[string]string{"PUT": "Put", "GET": "Get", "HEAD": "Head", "DELETE": "Delete", "POST": "Post"}[h.Method]
	switch {
	case h.Bucket == "":
		if h.Method == http.MethodGet {
			return "ListBuckets"
		}
		return whole + "Service"
	case h.Key != "" && part == "" && h.Header.Get("X-Amz-Copy-Source") == "" && h.Method != http.MethodPost:
		return whole + "Object"
	case h.Key != "":
		return whole + "Object " + part
	case part != "":
		if op := bucketParts[part][h.Method]; op != "" {
			return op
		}
		return whole + "Bucket " + part
	case h.Method == http.MethodPut:
		return "CreateBucket"
	case h.Method == http.MethodGet && h.Query.Get("list-type") == "2":
		return "ListObjectsV2"
	case h.Method == http.MethodGet:
		return "ListObjects"
	}
	return whole + "Bucket"
}

// hosted is the bucket that stands before the host of S3. That host is
// localhost, one of amazonaws.com that begins with s3, or a name of two parts.
func hosted(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if net.ParseIP(strings.Trim(host, "[]")) != nil {
		return ""
	}
	labels := strings.Split(host, ".")
	n := len(labels) - 2
	switch labels[len(labels)-1] {
	case "localhost":
		n = len(labels) - 1
	case "com", "cn":
		if i := slices.IndexFunc(labels, func(l string) bool { return l == "s3" || strings.HasPrefix(l, "s3-") }); i >= 0 {
			n = i
		}
	}
	return strings.Join(labels[:max(n, 0)], ".")
}

// unchunked takes a body out of the chunks that some clients send it in.
func unchunked(h http.Header, body []byte) []byte {
	if !strings.HasPrefix(h.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return body
	}
	var out []byte
	for rest := body; ; {
		line, after, ok := bytes.Cut(rest, []byte("\r\n"))
		size, _, _ := strings.Cut(string(line), ";")
		n := 0
		for _, c := range size {
			d := strings.IndexRune("0123456789abcdef", c|0x20)
			if c <= '9' {
				d = int(c - '0')
			}
			if d < 0 || d > 15 || n > len(body) {
				return body
			}
			n = n*16 + d
		}
		if !ok || n == 0 || n+2 > len(after) {
			return out
		}
		out, rest = append(out, after[:n]...), after[n+2:]
	}
}

// answerRest encodes a [Document]; a nil one is an answer without a body.
func answerRest(q *Request, id string, out any) (*Reply, error) {
	d, _ := out.(*Document)
	if d == nil {
		d = &Document{}
	}
	r := restReply(d.Status, id)
	for k, v := range d.Header {
		r.Header[k] = v
	}
	if d.Root == "" {
		r.Body = d.Raw
	} else {
		var err error
		if r.Body, err = document(d.Root, s3Space, d.Value); err != nil {
			return nil, err
		}
		r.Header.Set("Content-Type", "application/xml")
	}
	return r, nil
}

func restReply(status int, id string) *Reply {
	if status == 0 {
		status = http.StatusOK
	}
	return &Reply{Status: status, Header: http.Header{"X-Amz-Request-Id": {id}, "X-Amz-Id-2": {id}}}
}

func document(root, space string, v any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	start := xml.StartElement{Name: xml.Name{Local: root}}
	if space != "" {
		start.Attr = []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: space}}
	}
	err := xml.NewEncoder(&b).EncodeElement(v, start)
	return b.Bytes(), err
}

// failRest encodes an error; the answer of a HEAD has no body.
func failRest(q *Request, id string, f Failure) *Reply {
	r := restReply(f.Status, id)
	if f.Region != "" {
		r.Header.Set("X-Amz-Bucket-Region", f.Region)
	}
	if q.Rest.Method == http.MethodHead || f.Status == http.StatusNotModified {
		return r
	}
	type failed struct {
		Code, Message string
		BucketName    string `xml:",omitempty"`
		Region        string `xml:",omitempty"`
		Endpoint      string `xml:",omitempty"`
		RequestId     string
		HostId        string
	}
	e := failed{Code: f.Code, Message: f.Message, BucketName: q.Rest.Bucket, Region: f.Region, RequestId: id, HostId: id}
	if f.Status == http.StatusMovedPermanently {
		e.Endpoint = "s3." + f.Region + ".amazonaws.com"
	}
	r.Body, _ = document("Error", "", e)
	r.Header.Set("Content-Type", "application/xml")
	return r
}

// DecodeXML reads a document with the given root. It says no to elements that
// the value has no place for, and to a tag without its key or its value, as S3
// does.
func DecodeXML(body []byte, root string, into any) bool {
	dec := xml.NewDecoder(bytes.NewReader(body))
	if dec.Decode(into) != nil {
		return false
	}
	back, err := document(root, "", into)
	if err != nil {
		return false
	}
	asked, ok := elementPaths(body)
	kept, _ := elementPaths(back)
	for p, n := range asked {
		if kept[p] < n {
			return false
		}
	}
	for p, n := range kept {
		if whole := strings.HasSuffix(p, "/Tag/Key") || strings.HasSuffix(p, "/Tag/Value"); whole && asked[p] < n {
			return false
		}
	}
	return ok
}

// elementPaths counts the elements of a document by their way from its root.
func elementPaths(body []byte) (count map[string]int, ok bool) {
	count = map[string]int{}
	dec := xml.NewDecoder(bytes.NewReader(body))
	way := ""
	for {
		t, err := dec.Token()
		if err != nil {
			return count, err == io.EOF
		}
		switch t := t.(type) {
		case xml.StartElement:
			way += "/" + t.Name.Local
			count[way]++
		case xml.EndElement:
			way = way[:strings.LastIndexByte(way, '/')]
		}
	}
}
