package notify

import (
	"crypto/tls"
	"crypto/x509"
)

// tlsOf trusts other roots than those of the machine.
func tlsOf(roots *x509.CertPool) *tls.Config {
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}
