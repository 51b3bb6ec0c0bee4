package awssim

import (
	"crypto/md5"
	"fmt"
	"strings"
	"time"

	"github.com/payer-reconciler/reconciler/awssim/world"
)

// iamCredentials are the operations on what else a user signs in with: SSH keys,
// signing certificates, and names and passwords for one service.
var iamCredentials = map[string]operation{
	"UploadSSHPublicKey": {write: true, noConflict: true, need: []string{"UserName", "SSHPublicKeyBody"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		out, err := w.UploadSSHPublicKey(c.who.Account, in.UserName, in.SSHPublicKeyBody)
		type key struct {
			UserName, SSHPublicKeyId, Fingerprint, SSHPublicKeyBody, Status string
			UploadDate                                                      time.Time
		}
		return gave(struct{ SSHPublicKey key }{key{out.UserName, out.SSHPublicKeyId, fingerprint(in.SSHPublicKeyBody), in.SSHPublicKeyBody, out.Status, out.UploadDate}}, err)
	}},
	"ListSSHPublicKeys": {noConflict: true, list: "SSHPublicKeys", empty: func(c *call) any { return c.emptyMore() }, run: func(w *world.World, c *call) (any, error) {
		out, err := w.ListSSHPublicKeys(c.who, input[iamInput](c).UserName)
		return gave(struct {
			SSHPublicKeys []world.SSHPublicKeyMetadata
			more
		}{SSHPublicKeys: out}, err)
	}},
	"DeleteSSHPublicKey": {write: true, noConflict: true, need: []string{"UserName", "SSHPublicKeyId"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		return none(w.DeleteSSHPublicKey(c.who.Account, in.UserName, in.SSHPublicKeyId))
	}},
	"UploadSigningCertificate": {write: true, need: []string{"CertificateBody"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		out, err := w.UploadSigningCertificate(c.who, in.UserName, in.CertificateBody)
		return gave(struct{ Certificate world.SigningCertificate }{out}, err)
	}},
	"ListSigningCertificates": {noConflict: true, list: "Certificates", empty: func(c *call) any {
		return struct {
			Certificates []world.SigningCertificate
			more
		}{[]world.SigningCertificate{}, c.emptyMore()}
	}, run: func(w *world.World, c *call) (any, error) {
		out, err := w.ListSigningCertificates(c.who, input[iamInput](c).UserName)
		return gave(struct {
			Certificates []world.SigningCertificate
			more
		}{Certificates: out}, err)
	}},
	"DeleteSigningCertificate": {write: true, need: []string{"CertificateId"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		return none(w.DeleteSigningCertificate(c.who, in.UserName, in.CertificateId))
	}},
	"CreateServiceSpecificCredential": {write: true, noConflict: true, need: []string{"UserName", "ServiceName"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		out, secret, err := w.CreateServiceSpecificCredential(c.who.Account, in.UserName, in.ServiceName)
		return gave(struct {
			ServiceSpecificCredential specificCredential
		}{specificCredential{out, secret}}, err)
	}},
	"ListServiceSpecificCredentials": {noConflict: true, list: "ServiceSpecificCredentials", empty: func(c *call) any { return c.emptyMore() }, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		out, err := w.ListServiceSpecificCredentials(c.who, in.UserName, in.ServiceName)
		return gave(struct {
			ServiceSpecificCredentials []world.ServiceSpecificCredentialMetadata
			more
		}{ServiceSpecificCredentials: out}, err)
	}},
	"DeleteServiceSpecificCredential": {write: true, noConflict: true, need: []string{"ServiceSpecificCredentialId"}, run: func(w *world.World, c *call) (any, error) {
		in := input[iamInput](c)
		return none(w.DeleteServiceSpecificCredential(c.who, in.UserName, in.ServiceSpecificCredentialId))
	}},
}

// fingerprint is the MD5 sum of a key.
func fingerprint(body string) string {
	sum := md5.Sum([]byte(body))
	return strings.ReplaceAll(fmt.Sprintf("% x", sum[:]), " ", ":")
}

// specificCredential is told with its password once, when it is made.
type specificCredential struct {
	world.ServiceSpecificCredentialMetadata
	ServicePassword string
}
