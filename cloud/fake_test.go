package cloud

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

const (
	payerID = "111122223333"
	otherID = "999988887777"
	secret  = "very-secret-key"
	outside = "acme-7f3c" // the external id
)

// fake is AWS as an HTTP client: answers by operation, and a log of the calls.
type fake struct {
	answers map[string]func(n int, r request) (*http.Response, error)

	mu    sync.Mutex
	calls []request
	count map[string]int
}

// request is what a call looked like on the wire.
type request struct {
	Operation, Host, Agent, Key, Body string
	At                                time.Time
}

// newFake is an AWS whose credentials belong to the payer, which is the
// management account.
func newFake() *fake {
	f := &fake{count: map[string]int{}}
	f.answers = map[string]func(int, request) (*http.Response, error){
		"GetCallerIdentity":    identity(payerID),
		"DescribeOrganization": organization(payerID),
	}
	return f
}

func (f *fake) Do(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	req := request{Host: r.URL.Host, Agent: r.Header.Get("User-Agent"), At: time.Now()}
	if r.Body != nil {
		b, _ := io.ReadAll(r.Body)
		req.Body = string(b)
	}
	if _, op, ok := strings.Cut(r.Header.Get("X-Amz-Target"), "."); ok {
		req.Operation = op
	} else if v, err := url.ParseQuery(req.Body); err == nil {
		req.Operation = v.Get("Action")
	}
	_, after, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	req.Key, _, _ = strings.Cut(after, "/")

	f.mu.Lock()
	f.calls = append(f.calls, req)
	f.count[req.Operation]++
	n, answer := f.count[req.Operation], f.answers[req.Operation]
	f.mu.Unlock()
	if answer == nil {
		return jsonAnswer(400, "UnknownOperationException", "no such operation "+req.Operation), nil
	}
	return answer(n, req)
}

// operations are the calls so far, by name.
func (f *fake) operations() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var names []string
	for _, c := range f.calls {
		names = append(names, c.Operation)
	}
	return names
}

// times is how often an operation was called.
func (f *fake) times(operation string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count[operation]
}

func answer(status int, contentType, body string) *http.Response {
	return &http.Response{
		StatusCode: status,
		Header: http.Header{
			"Content-Type":     {contentType},
			"X-Amzn-Requestid": {"req-1"},
		},
		Body: io.NopCloser(strings.NewReader(body)),
	}
}

// jsonAnswer is an answer of the JSON protocol; with an empty code, body is its
// text, else it is the message of an error.
func jsonAnswer(status int, code, body string) *http.Response {
	if code != "" {
		body = fmt.Sprintf(`{"__type":%q,"message":%q,"Message":%q}`, code, body, body)
	}
	return answer(status, "application/x-amz-json-1.1", body)
}

func xmlError(status int, code, message string) *http.Response {
	return answer(status, "text/xml", fmt.Sprintf(
		`<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>req-1</RequestId></ErrorResponse>`, code, message))
}

func identity(account string) func(int, request) (*http.Response, error) {
	return func(int, request) (*http.Response, error) {
		return answer(200, "text/xml", fmt.Sprintf(
			`<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::%s:user/ops</Arn><UserId>AIDA</UserId><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
			account, account)), nil
	}
}

func organization(manager string) func(int, request) (*http.Response, error) {
	return func(int, request) (*http.Response, error) {
		return jsonAnswer(200, "", fmt.Sprintf(`{"Organization":{"Id":"o-abc1234567","MasterAccountId":%q,"FeatureSet":"ALL"}}`, manager)), nil
	}
}

// assumed answers AssumeRole with a new key each time, good for a while.
func assumed(good time.Duration) func(int, request) (*http.Response, error) {
	return func(n int, _ request) (*http.Response, error) {
		return answer(200, "text/xml", fmt.Sprintf(
			`<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA%d</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			n, time.Now().Add(good).UTC().Format(time.RFC3339))), nil
	}
}

// ok answers with an empty JSON object.
func ok(int, request) (*http.Response, error) { return jsonAnswer(200, "", "{}"), nil }

// first answers the first n calls in one way and the others in another.
func first(n int, one, rest func(int, request) (*http.Response, error)) func(int, request) (*http.Response, error) {
	return func(i int, r request) (*http.Response, error) {
		if i <= n {
			return one(i, r)
		}
		return rest(i, r)
	}
}

// fails answers with an error of the JSON protocol.
func fails(status int, code string) func(int, request) (*http.Response, error) {
	return func(int, request) (*http.Response, error) { return jsonAnswer(status, code, "no luck"), nil }
}

// drops ends the connection without an answer.
func drops(int, request) (*http.Response, error) {
	return nil, &url.Error{Op: "Post", URL: "https://aws.example/", Err: io.ErrUnexpectedEOF}
}

// options enter the fake with static credentials.
func options(f *fake) Options {
	return Options{
		Payer: "acme-labs", AccountID: payerID, Commit: "9f3c0123456789", Version: "1.2.3",
		Credentials: credentials.NewStaticCredentialsProvider("AKIABASE", secret, ""),
		HTTPClient:  f,
	}
}

// opened opens a session on a fake.
func opened(t *testing.T, o Options) *Session {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s
}

// logged gives the options a log, and the text of it.
func logged(o *Options) func() string {
	var mu sync.Mutex
	var b bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return b.Write(p)
	}), &slog.HandlerOptions{Level: slog.LevelDebug}))
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return b.String()
	}
}

type writerFunc func([]byte) (int, error)

func (w writerFunc) Write(p []byte) (int, error) { return w(p) }

// bare makes the ambient credentials of the machine invisible.
func bare(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION",
		"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ORGANIZATIONS", "AWS_ENDPOINT_URL_STS", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_MAX_ATTEMPTS",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_NEW_RETRIES_2026", "AWS_CA_BUNDLE",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", t.TempDir()+"/none")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

var _ aws.HTTPClient = (*fake)(nil)
