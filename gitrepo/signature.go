package gitrepo

import (
	"bytes"
	"fmt"
	"io"
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
