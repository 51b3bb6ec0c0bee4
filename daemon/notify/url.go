package notify

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"unicode"
)

// urlLimit is the length of a file that holds a URL, in bytes.
const urlLimit = 8 << 10

// readURL reads where to send to. The URL of a webhook is a credential, so no
// error has more of it than scheme and host.
func readURL(file string) (*url.URL, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read URL: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, urlLimit+1))
	if err != nil {
		return nil, fmt.Errorf("read URL: %w", err)
	}
	u, err := parseURL(string(text))
	if err != nil {
		return nil, fmt.Errorf("read URL: %s: %w", file, err)
	}
	return u, nil
}

var (
	errNoURL  = errors.New("the file must hold one URL and nothing else")
	errScheme = errors.New("the URL must begin with https:// (http:// for a loopback host alone)")
)

func parseURL(text string) (*url.URL, error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > urlLimit || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return nil, errNoURL
	}
	u, err := url.Parse(text)
	if err != nil { // which has the URL in it
		return nil, errNoURL
	}
	if u.Scheme != "https" && u.Scheme != "http" {
		return nil, errScheme
	}
	host := u.Hostname()
	if u.Opaque != "" || host == "" {
		return nil, errNoURL
	}
	addr, isAddr := literal(host)
	if u.Scheme == "http" && host != "localhost" && !(isAddr && addr.IsLoopback()) {
		return nil, fmt.Errorf("%s: %w", redact(u), errScheme)
	}
	if isAddr {
		if err := permit(addr, u.Scheme == "http"); err != nil {
			return nil, fmt.Errorf("%s: %w", redact(u), err)
		}
	}
	return u, nil
}

// literal gives the address that a host is written as.
func literal(host string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(host)
	return addr.Unmap(), err == nil
}

// redact gives what may be shown of a URL.
func redact(u *url.URL) string { return u.Scheme + "://" + u.Host + "/…" }

// hide takes the parts of a URL that are secret out of a text, such as the
// answer of a server that repeats what it was asked.
func hide(text string, u *url.URL) string {
	parts := []string{u.RequestURI(), u.EscapedPath(), u.Path, u.RawQuery, u.Fragment}
	if u.User != nil {
		password, _ := u.User.Password()
		parts = append(parts, u.User.String(), password)
	}
	for segment := range strings.SplitSeq(u.Path, "/") {
		if len(segment) >= 8 {
			parts = append(parts, segment)
		}
	}
	for _, values := range u.Query() {
		parts = append(parts, values...)
	}
	for _, part := range parts {
		if len(part) > 1 {
			text = strings.ReplaceAll(text, part, "…")
		}
	}
	return text
}
