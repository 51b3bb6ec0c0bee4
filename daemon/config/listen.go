package config

import (
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/payer-reconciler/reconciler/strictyaml"
)

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\.?$`)

// listen takes HOST:PORT, or off.
func (r *resolver) listen() {
	c := r.c
	if or(r, "listen", &c.Listen, defaultListen) {
		if c.Listen == "off" {
			c.Listen = ""
		} else if why := wrongAddress(c.Listen); why != "" {
			r.bad("listen", "%s", why)
		}
	}
	if c.Listen != "" || r.unfit["listen"] {
		return
	}
	for key, what := range map[string]string{"webhook": "a webhook", "apiTokenFile": "a token"} {
		if r.has(key) {
			r.bad(key, "%s is of no use while listen is off", what)
		}
	}
}

// wrongAddress says what is wrong with an address to listen on, "" for nothing.
func wrongAddress(s string) string {
	host, port, err := net.SplitHostPort(s)
	if err != nil {
		return `want HOST:PORT as in ` + defaultListen + `, or off; an IPv6 address stands in brackets, as in [::1]:9464`
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return "want a port from 0 to 65535, have " + strconv.Quote(strictyaml.Shown(port))
	}
	if host != "" && !isHost(host) {
		return strconv.Quote(strictyaml.Shown(host)) + " is neither an address nor the name of a host"
	}
	return ""
}

// isHost says that a text is an address or the name of a host.
func isHost(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil || hostName.MatchString(s)
}

// ListensBeyondLoopback says that other machines may reach the address of Listen.
func (c *Config) ListensBeyondLoopback() bool {
	if c.Listen == "" {
		return false
	}
	host, _, err := net.SplitHostPort(c.Listen)
	return err != nil || !loopback(host)
}

// loopback says that a host is this machine, without asking anybody for its
// address.
func loopback(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.Unmap().IsLoopback()
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}
