// Package hook takes the webhooks of git servers: a signed push to the branch
// that the daemon follows becomes one call of [Options].Trigger, and everything
// else is refused or ignored as cheaply as it can be.
//
// Call [Handler] and mount it at POST /webhook. GitHub, GitLab, Gitea and
// Forgejo are known by the header that names their event.
//
// A webhook only says "look at the remote now": what is applied is always read
// from the remote itself. So a call that is replayed is harmless, and one that
// is lost costs a wait for the next interval.
package hook

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/time/rate"
)

// The results that [Options].Observe is told, one for each call.
const (
	ResultTriggered   = "triggered"   // a push to our branch
	ResultReplayed    = "replayed"    // a delivery that triggered before
	ResultIgnored     = "ignored"     // another event, another branch
	ResultPing        = "ping"        // the git server tries the webhook out
	ResultRefused     = "refused"     // the signature is missing or wrong
	ResultLimited     = "limited"     // too many calls
	ResultTooLarge    = "too-large"   // the body is over the limit
	ResultUnread      = "unread"      // the body did not come, or not in time
	ResultMalformed   = "malformed"   // signed, and no push that can be read
	ResultMethod      = "method"      // not a POST
	ResultUnavailable = "unavailable" // there is no usable secret
)

const (
	bodyLimit    = 1 << 20          // bytes of a body
	bodyTime     = 10 * time.Second // in which a body must have come
	bodies       = 8                // that are read at once
	callsASecond = 20               // whose signature is looked at
	callsAtOnce  = 100              // the most in a burst
	shortest     = 16               // bytes of a secret
	remembered   = 1024             // deliveries
)

// Push is a signed push to the branch that the daemon follows.
type Push struct {
	Provider string // github, gitlab, gitea or forgejo
	Ref      string // refs/heads/ and the branch
	Commit   string // what the branch is at, in hex; "" where it was deleted or is not told
	Delivery string // the sender's own id of this delivery; "" where it gives none
}

// Options say whose calls are taken and what they start.
type Options struct {
	// Branch is the branch whose pushes count, without refs/heads/.
	Branch string
	// Secret gives the secret shared with the git server; it is asked at every
	// call, so that a new secret needs no restart. White space around it does
	// not count. While it fails, or gives fewer than 16 bytes, every call is
	// answered 503. A secret of the form whsec_BASE64 is a signing token of
	// GitLab's.
	Secret func() ([]byte, error)
	// Trigger is called for every push that counts, at most once a delivery. It
	// must not block.
	Trigger func(Push)
	// Observe, where it is set, is told the result of each call.
	Observe func(result string)
	// Log, where it is set, hears of what was triggered, and at most once a
	// minute of what was turned away.
	Log *slog.Logger
}

// Handler answers webhooks. It says 200 where it triggered or would have (a
// ping, a delivery seen before), 202 where it ignores the event, 401 where the
// signature is missing or wrong without saying which, 405 for other methods
// than POST, 413 for a body over 1 MiB, 429 where too many come, 400 for a
// signed call that it cannot read, and 503 where there is no usable secret.
// It reads no JSON before the signature holds.
func Handler(o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &handler{
		Options: o,
		calls:   rate.NewLimiter(callsASecond, callsAtOnce),
		reading: make(chan struct{}, bodies),
		seen:    newMemory(remembered),
		away:    tally{log: o.Log},
		patient: bodyTime,
	}
}

// handler is safe for calls at the same time.
type handler struct {
	Options
	calls   *rate.Limiter
	reading chan struct{} // holds one for each body that is being read
	seen    *memory
	away    tally
	secret  complaint
	patient time.Duration // how long a body may take
}

// answer is what a call comes to.
type answer struct {
	status int
	result string
	say    string // to the caller
	reason string // for the log alone, where the call is turned away
}

// ServeHTTP answers one call.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// The server reads some of what the handler leaves unread, so the deadline
	// is for calls that are refused at once too. A connection that cannot be
	// given one is that of a test.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(h.patient))
	a := h.answer(w, r)
	switch a.status {
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", http.MethodPost)
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "1")
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "60")
	}
	if a.reason != "" {
		// What is left of the body is not worth reading.
		w.Header().Set("Connection", "close")
		h.away.add(a, r.RemoteAddr)
	}
	if h.Observe != nil {
		h.Observe(a.result)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.say+"\n")
}

// answer does what a call asks for. What costs least is looked at first.
func (h *handler) answer(w http.ResponseWriter, r *http.Request) answer {
	if r.Method != http.MethodPost {
		return answer{http.StatusMethodNotAllowed, ResultMethod, "use POST", "method " + quote(r.Method)}
	}
	f, ok := sender(r.Header)
	if !ok {
		return refused("no signature of a git server that is known")
	}
	if r.ContentLength > bodyLimit {
		return tooLarge()
	}
	if !h.calls.Allow() {
		return busy("too many calls")
	}
	secret, err := h.key()
	if err != nil {
		return answer{http.StatusServiceUnavailable, ResultUnavailable, "webhooks cannot be checked at the moment", err.Error()}
	}
	select {
	case h.reading <- struct{}{}:
	default:
		return busy("too many bodies at once")
	}
	defer func() { <-h.reading }()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return tooLarge()
	case err != nil:
		return answer{http.StatusBadRequest, ResultUnread, "the body did not come", "the body did not come"}
	}
	if err := f.signed(r.Header, secret, body, time.Now()); err != nil {
		return refused(err.Error())
	}
	return h.take(f, r.Header, body)
}

// take handles a call whose signature holds.
func (h *handler) take(f forge, header http.Header, body []byte) answer {
	p, kind, err := f.push(header, body)
	switch {
	case err != nil:
		return answer{http.StatusBadRequest, ResultMalformed, err.Error(), "signed by " + f.name + ": " + err.Error()}
	case kind == ResultPing:
		return answer{status: http.StatusOK, result: ResultPing, say: "pong"}
	case kind != ResultTriggered:
		return answer{status: http.StatusAccepted, result: ResultIgnored, say: "ignored: not a push"}
	case p.Ref != "refs/heads/"+h.Branch:
		return answer{status: http.StatusAccepted, result: ResultIgnored, say: "ignored: not the branch that is followed"}
	case !h.seen.add(p):
		return answer{status: http.StatusOK, result: ResultReplayed, say: "seen before"}
	}
	h.Log.Info("webhook", "provider", p.Provider, "ref", p.Ref, "commit", p.Commit, "delivery", p.Delivery)
	if h.Trigger != nil {
		h.Trigger(p)
	}
	return answer{status: http.StatusOK, result: ResultTriggered, say: "triggered"}
}

func refused(reason string) answer {
	return answer{http.StatusUnauthorized, ResultRefused, "unauthorized", reason}
}

func tooLarge() answer {
	return answer{http.StatusRequestEntityTooLarge, ResultTooLarge, "the body is over 1 MiB", "body over 1 MiB"}
}

func busy(reason string) answer {
	return answer{http.StatusTooManyRequests, ResultLimited, "too many calls", reason}
}
