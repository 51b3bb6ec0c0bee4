package cloud

import (
	"errors"
	"net/http"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

const (
	// idleConns and idlePerHost are how many unused connections are kept: what
	// several payers use at once, since all talk to the same few hosts.
	idleConns   = 256
	idlePerHost = 64
)

// Network is the connections to AWS that the sessions of one process share, by
// [Options]. Without one, every client of every session has connections of its
// own, which stay open for a while after the last call: right for a program
// that ends, and a leak in one that opens sessions for months.
//
// It holds no credentials, and may be used from many goroutines. What the
// user's environment says of certificates (AWS_CA_BUNDLE) is read by the first
// session, and holds for the others.
type Network struct {
	loader *awshttp.BuildableClient // for what the SDK calls while it looks for credentials

	mu     sync.Mutex
	client *http.Client // nil until the first session
}

// NewNetwork gives a network without connections.
func NewNetwork() *Network {
	return &Network{loader: awshttp.NewBuildableClient().WithTimeout(answerTimeout).
		WithTransportOptions(func(t *http.Transport) { t.DisableKeepAlives = true })}
}

// Close closes the connections that no call uses. Sessions may go on with it.
func (n *Network) Close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.client != nil {
		n.client.CloseIdleConnections()
	}
}

// shared gives the one client, made from the first that the SDK has loaded:
// that one knows the user's certificates. It is one of net/http, because the SDK
// copies its own for each client of a service, and with it the connections.
func (n *Network) shared(loaded aws.HTTPClient) aws.HTTPClient {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.client != nil {
		return n.client
	}
	b, ok := loaded.(*awshttp.BuildableClient)
	if !ok {
		return loaded
	}
	t := b.GetTransport()
	t.DisableKeepAlives = false
	t.MaxIdleConns, t.MaxIdleConnsPerHost = idleConns, idlePerHost
	n.client = &http.Client{Transport: t, Timeout: answerTimeout, CheckRedirect: redirect}
	return n.client
}

// redirect follows what the SDK's own client follows: answers that keep method
// and body, such as S3's for a bucket that is new. Another host gets no token.
func redirect(r *http.Request, via []*http.Request) error {
	switch r.Response.StatusCode {
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if len(via) >= maxAttempts {
			return errors.New("too many redirects")
		}
		if via[len(via)-1].URL.Host != r.URL.Host {
			r.Header.Del("X-Amz-Security-Token")
		}
		return nil
	}
	return http.ErrUseLastResponse
}
