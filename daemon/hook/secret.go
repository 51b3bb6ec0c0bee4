package hook

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"sync"
)

var errNoSecret = errors.New("no webhook secret is configured")

// key gives the secret that calls are checked with.
func (h *handler) key() ([]byte, error) {
	secret, err := h.read()
	if err != nil {
		h.secret.say(h.Log, err)
		return nil, err
	}
	h.secret.over()
	return secret, nil
}

func (h *handler) read() ([]byte, error) {
	if h.Secret == nil {
		return nil, errNoSecret
	}
	secret, err := h.Secret()
	if err != nil {
		return nil, fmt.Errorf("read webhook secret: %w", err)
	}
	if secret = bytes.TrimSpace(secret); len(secret) < shortest {
		return nil, fmt.Errorf("the webhook secret has %d bytes; it needs at least %d (openssl rand -hex 32 makes one)", len(secret), shortest)
	}
	return secret, nil
}

// complaint is an error that is said once for as long as it stays.
type complaint struct {
	mu   sync.Mutex
	said string
}

func (c *complaint) say(log *slog.Logger, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.said != err.Error() {
		c.said = err.Error()
		log.Error("webhooks are answered 503", "error", err)
	}
}

func (c *complaint) over() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.said = ""
}
