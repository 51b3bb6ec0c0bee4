package gitrepo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/go-git/go-git/v5/plumbing"
	"golang.org/x/crypto/ssh"
)

// keyring holds the keys whose signatures count.
type keyring struct {
	pgp openpgp.EntityList
	ssh []sshKey
	// ref is where the clone notes the commit that was in force by these keys.
	ref plumbing.ReferenceName
}

// sshKey is a line of allowed_signers.
type sshKey struct {
	key           ssh.PublicKey
	after, before time.Time // of the commit; zero: any
}

// newKeyring reads keys; nil where there are none. A key that cannot be read is
// an error, since leaving it out could leave none.
func newKeyring(keys [][]byte) (*keyring, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	k, sum := &keyring{}, sha256.New()
	for i, text := range slices.SortedFunc(slices.Values(keys), bytes.Compare) {
		fmt.Fprintf(sum, "%d\x00%s", len(text), text)
		if err := k.add(text); err != nil {
			return nil, fmt.Errorf("read key %d of git.verify.keys: %w", i+1, err)
		}
	}
	if len(k.pgp)+len(k.ssh) == 0 {
		return nil, fmt.Errorf("git.verify.keys holds no key")
	}
	k.ref = plumbing.ReferenceName("refs/reconciler/verified-" + hex.EncodeToString(sum.Sum(nil))[:16])
	return k, nil
}

func (k *keyring) add(text []byte) error {
	if bytes.Contains(text, []byte("-----BEGIN PGP")) {
		ring, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(text))
		if err != nil {
			return err
		}
		for _, e := range ring {
			if e.PrivateKey != nil {
				return fmt.Errorf("it is a private key: want the public one")
			}
		}
		k.pgp = append(k.pgp, ring...)
		return nil
	}
	for n, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, use, err := parseSigner(line)
		if err != nil {
			return fmt.Errorf("line %d: %w", n+1, err)
		}
		if use {
			k.ssh = append(k.ssh, key)
		}
	}
	return nil
}

// parseSigner reads a line of authorized_keys or of allowed_signers. A key that
// is for other namespaces is of no use.
func parseSigner(line string) (k sshKey, use bool, err error) {
	words := quotedFields(line)
	at := slices.IndexFunc(words, isKeyType)
	if at < 0 || at+1 >= len(words) {
		return k, false, fmt.Errorf("want an armored OpenPGP key, or a line with the type and the text of an SSH key")
	}
	if k.key, _, _, _, err = ssh.ParseAuthorizedKey([]byte(words[at] + " " + words[at+1])); err != nil {
		return k, false, fmt.Errorf("the SSH key cannot be read: %w", err)
	}
	use = true
	if at < 2 { // no options
		return k, use, nil
	}
	for _, o := range quotedSplit(strings.Join(words[1:at], " "), ',') {
		name, value, _ := strings.Cut(o, "=")
		value = strings.Trim(value, `"`)
		switch strings.ToLower(name) {
		case "namespaces":
			use = slices.Contains(strings.Split(value, ","), sshNamespace)
		case "valid-after":
			k.after, err = signerTime(value)
		case "valid-before":
			k.before, err = signerTime(value)
		default:
			err = fmt.Errorf("option %q is not supported", name)
		}
		if err != nil {
			return k, false, err
		}
	}
	return k, use, nil
}

// signerTime reads a time of allowed_signers, local where no Z follows.
func signerTime(s string) (time.Time, error) {
	zone := time.Local
	if z, ok := strings.CutSuffix(s, "Z"); ok {
		s, zone = z, time.UTC
	}
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if len(s) == len(layout) {
			return time.ParseInLocation(layout, s, zone)
		}
	}
	return time.Time{}, fmt.Errorf("time %q: want YYYYMMDD or YYYYMMDDHHMM[SS], with or without Z", s)
}

// isKeyType is true of the names of the key types that sign.
func isKeyType(s string) bool {
	return slices.Contains([]string{
		ssh.KeyAlgoED25519, ssh.KeyAlgoRSA, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521,
		ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256,
	}, s)
}

// quotedFields splits a line at spaces outside of quotes.
func quotedFields(line string) []string {
	return slices.DeleteFunc(quotedSplit(strings.ReplaceAll(line, "\t", " "), ' '), func(s string) bool { return s == "" })
}

func quotedSplit(s string, at rune) []string {
	in := false
	var parts []string
	start := 0
	for i, c := range s {
		if c == '"' {
			in = !in
		}
		if c == at && !in {
			parts, start = append(parts, s[start:i]), i+1
		}
	}
	return append(parts, s[start:])
}
