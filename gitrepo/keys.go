package gitrepo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"github.com/go-git/go-git/v5/plumbing/storer"
	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// sshNamespace is what git signs for, so that a signature of a file is none of a
// commit.
const sshNamespace = "git"

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

// signed is true of a commit that one of the keys signed.
func (k *keyring) signed(s storer.EncodedObjectStorer, c *object.Commit) bool {
	o, err := s.EncodedObject(plumbing.CommitObject, c.Hash)
	if err != nil {
		return false
	}
	in, err := o.Reader()
	if err != nil {
		return false
	}
	defer in.Close()
	raw, err := io.ReadAll(in)
	if err != nil {
		return false
	}
	text, signature, ok := unsign(raw)
	if !ok || !saysOnce(text, c) {
		return false
	}
	if bytes.HasPrefix(signature, []byte("-----BEGIN SSH SIGNATURE-----")) {
		return k.signedSSH(text, signature, c.Committer.When)
	}
	if len(k.pgp) == 0 {
		return false
	}
	_, err = openpgp.CheckArmoredDetachedSignature(k.pgp, bytes.NewReader(text), bytes.NewReader(signature), nil)
	return err == nil
}

func (k *keyring) signedSSH(text, signature []byte, when time.Time) bool {
	sig, err := sshsig.Unarmor(signature)
	if err != nil || sig.Signature == nil || sig.Signature.Format == ssh.KeyAlgoRSA { // which is SHA-1
		return false
	}
	for _, key := range k.ssh {
		if !bytes.Equal(key.key.Marshal(), sig.PublicKey.Marshal()) {
			continue
		}
		if !key.after.IsZero() && when.Before(key.after) || !key.before.IsZero() && when.After(key.before) {
			continue
		}
		if sshsig.Verify(bytes.NewReader(text), sig, key.key, sig.HashAlgorithm, sshNamespace) == nil {
			return true
		}
	}
	return false
}

// unsign takes the signature out of the text of a commit: what is left is what
// was signed. It says no where there is not exactly one.
func unsign(raw []byte) (text, signature []byte, ok bool) {
	head, body, found := bytes.Cut(raw, []byte("\n\n"))
	if !found {
		return nil, nil, false
	}
	n, inside := 0, false
	for line := range bytes.SplitSeq(head, []byte("\n")) {
		value, is := bytes.CutPrefix(line, []byte("gpgsig "))
		more, continues := bytes.CutPrefix(line, []byte(" "))
		switch {
		case is:
			n, inside = n+1, true
			signature = append(append(signature, value...), '\n')
		case continues && inside:
			signature = append(append(signature, more...), '\n')
		default:
			inside = false
			text = append(append(text, line...), '\n')
		}
	}
	return append(append(text, '\n'), body...), signature, n == 1
}

// saysOnce is true where the text of a commit begins with the tree and the
// parents that we read from it, and so no other reader finds others.
func saysOnce(text []byte, c *object.Commit) bool {
	var want bytes.Buffer
	fmt.Fprintf(&want, "tree %s\n", c.TreeHash)
	for _, p := range c.ParentHashes {
		fmt.Fprintf(&want, "parent %s\n", p)
	}
	want.WriteString("author ")
	return bytes.HasPrefix(text, want.Bytes())
}
