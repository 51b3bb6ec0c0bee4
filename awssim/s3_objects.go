package awssim

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/awssim/wire"
	"github.com/payer-reconciler/reconciler/awssim/world"
)

// s3Objects are the operations on objects. They are kept in memory, without
// versions.
var s3Objects = map[string]operation{
	"PutObject":     {write: true, run: putObject},
	"GetObject":     {noConflict: true, run: getObject},
	"HeadObject":    {noConflict: true, run: headObject},
	"DeleteObject":  {write: true, run: deleteObject},
	"ListObjectsV2": {noConflict: true, run: listObjects},
}

// readS3 checks what came with the body of a request.
func readS3(c *call, _ operation) error {
	h := c.Rest.Header
	sum := md5.Sum(c.Body)
	sha := sha256.Sum256(c.Body)
	for name, want := range map[string][]byte{
		"Content-Md5": sum[:], "X-Amz-Checksum-Sha256": sha[:],
		"X-Amz-Checksum-Crc32": binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(c.Body)),
	} {
		got := h.Get(name)
		if got == "" {
			continue
		}
		b, err := base64.StdEncoding.DecodeString(got)
		switch {
		case err != nil || len(b) != len(want):
			return &world.Error{Code: "InvalidDigest", Message: "The Content-MD5 or checksum value that you specified is not valid."}
		case !bytes.Equal(b, want):
			return &world.Error{Code: "BadDigest", Message: "The Content-MD5 or checksum value that you specified did not match what the server received."}
		}
	}
	return nil
}

func condition(c *call) world.If {
	return world.If{Match: c.Rest.Header.Get("If-Match"), NoneMatch: c.Rest.Header.Get("If-None-Match")}
}

// wordsOf are the codes of a call's service. A conflict has one of its own where
// a write asked for a condition.
func (s *Server) wordsOf(c *call) words {
	w := s.services[c.Service].words
	if c.Rest != nil && condition(c) != (world.If{}) {
		w.conflict = "ConditionalRequestConflict"
	}
	return w
}

// metaPrefix begins the headers that a caller's own data of an object are in.
const metaPrefix = "X-Amz-Meta-"

func putObject(w *world.World, c *call) (any, error) {
	h := c.Rest.Header
	in := world.Object{Body: c.Body, Type: h.Get("Content-Type"), Cache: h.Get("Cache-Control"), Disps: h.Get("Content-Disposition"), Meta: map[string]string{}}
	if e := h.Get("Content-Encoding"); e != "aws-chunked" {
		in.Encoding = strings.TrimPrefix(e, "aws-chunked,")
	}
	for k := range h {
		if name, ok := strings.CutPrefix(k, metaPrefix); ok {
			in.Meta[strings.ToLower(name)] = h.Get(k)
		}
	}
	o, err := w.PutObject(ask(c), in, condition(c))
	if err != nil {
		return nil, err
	}
	return &wire.Document{Header: http.Header{"Etag": {o.ETag}, "X-Amz-Server-Side-Encryption": {o.Encryption}}}, nil
}

func getObject(w *world.World, c *call) (any, error) {
	d, o, err := objectHead(w, c)
	if err == nil {
		d.Raw = o.Body
	}
	return d, err
}

func headObject(w *world.World, c *call) (any, error) {
	d, _, err := objectHead(w, c)
	return d, err
}

func objectHead(w *world.World, c *call) (*wire.Document, world.Object, error) {
	o, err := w.GetObject(ask(c), condition(c))
	if err != nil {
		return nil, o, err
	}
	h := http.Header{
		"Etag": {o.ETag}, "Content-Type": {o.Type}, "Content-Length": {strconv.Itoa(len(o.Body))}, "Accept-Ranges": {"bytes"},
		"Last-Modified": {o.Modified.UTC().Format(http.TimeFormat)}, "X-Amz-Server-Side-Encryption": {o.Encryption},
	}
	for name, v := range map[string]string{"Content-Encoding": o.Encoding, "Cache-Control": o.Cache, "Content-Disposition": o.Disps} {
		if v != "" {
			h.Set(name, v)
		}
	}
	for k, v := range o.Meta {
		h.Set(metaPrefix+k, v)
	}
	return &wire.Document{Header: h}, o, nil
}

func deleteObject(w *world.World, c *call) (any, error) {
	if err := w.DeleteObject(ask(c), condition(c)); err != nil {
		return nil, err
	}
	return noContent(), nil
}

type commonPrefix struct{ Prefix string }

// objectList is the answer of ListObjectsV2.
type objectList struct {
	Name, Prefix          string
	Delimiter             string `xml:",omitempty"`
	StartAfter            string `xml:",omitempty"`
	EncodingType          string `xml:",omitempty"`
	ContinuationToken     string `xml:",omitempty"`
	NextContinuationToken string `xml:",omitempty"`
	KeyCount, MaxKeys     int
	IsTruncated           bool
	Contents              []world.ObjectShape
	CommonPrefixes        []commonPrefix
}

func listObjects(w *world.World, c *call) (any, error) {
	q := c.Rest.Query
	max := s3PageMax / 10
	if s := q.Get("max-keys"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return nil, &world.Error{Code: "InvalidArgument", Message: "Provided max-keys not an integer or within integer range"}
		}
		max = min(max, n)
	}
	after, err := s3After(c, q.Get("continuation-token"))
	if err != nil {
		return nil, err
	}
	if after == "" {
		after = q.Get("start-after")
	}
	page, err := w.ListObjects(ask(c), q.Get("prefix"), q.Get("delimiter"), after, max)
	if err != nil {
		return nil, err
	}
	code := func(s string) string { return s }
	if q.Get("encoding-type") == "url" {
		code = func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "%2F", "/") }
	}
	out := objectList{
		Name: c.Rest.Bucket, Prefix: code(q.Get("prefix")), Delimiter: code(q.Get("delimiter")), StartAfter: code(q.Get("start-after")),
		EncodingType: q.Get("encoding-type"), ContinuationToken: q.Get("continuation-token"), MaxKeys: max,
		KeyCount: len(page.Contents) + len(page.Prefixes), IsTruncated: page.Truncated, Contents: page.Contents,
	}
	for i := range out.Contents {
		out.Contents[i].Key = code(out.Contents[i].Key)
	}
	for _, p := range page.Prefixes {
		out.CommonPrefixes = append(out.CommonPrefixes, commonPrefix{code(p)})
	}
	if page.Truncated {
		out.NextContinuationToken = s3Token(c, page.Next)
	}
	return &wire.Document{Root: "ListBucketResult", Value: out}, nil
}

// s3Token is a token that stands for a name to go on after.
func s3Token(c *call, name string) string {
	if name == "" {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(c.Operation + "/" + name))
}

// s3After reads a token that the same operation gave.
func s3After(c *call, token string) (string, error) {
	if token = strings.TrimPrefix(token, emptyToken); token == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	op, name, ok := strings.Cut(string(b), "/")
	if err != nil || !ok || op != c.Operation {
		return "", &world.Error{Code: "InvalidArgument", Message: "The continuation token provided is incorrect"}
	}
	return name, nil
}

// grantee is who a line of an access control list is for.
type grantee struct {
	Space string `xml:"xmlns:xsi,attr"`
	Type  string `xml:"xsi:type,attr"`
	ID    string
}

type grant struct {
	Grantee    grantee
	Permission string
}

// bucketACL tells the one list that a bucket with its owner in charge has.
func bucketACL(w *world.World, c *call) (any, error) {
	owner, err := w.GetBucketACL(ask(c))
	if err != nil {
		return nil, err
	}
	var out struct {
		Owner             s3Owner
		AccessControlList struct{ Grant grant }
	}
	out.Owner.ID = owner
	out.AccessControlList.Grant = grant{grantee{"http://www.w3.org/2001/XMLSchema-instance", "CanonicalUser", owner}, "FULL_CONTROL"}
	return &wire.Document{Root: "AccessControlPolicy", Value: out}, nil
}
