package awssim_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/payer-reconciler/reconciler/awssim"
)

// certificate is a self-signed X.509 certificate.
func certificate(t *testing.T, serial int64) *string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<31, 0)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return aws.String(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
}

// signer has a user, whom each of the tests below gives what keeps it from being
// deleted, and takes it away again.
type signer struct{ *people }

func newSigner(t *testing.T) signer {
	p := signer{newPeople(t, awssim.Options{})}
	p.ok(err2(p.iam.CreateUser(p.ctx, &iam.CreateUserInput{UserName: eve})))
	return p
}

var eve = aws.String("eve")

func (p signer) ok(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p signer) refused(want string, err error) {
	p.Helper()
	if got := code(err); got != want {
		p.Errorf("%v, want %s", err, want)
	}
}

func (p signer) dies() error {
	return err2(p.iam.DeleteUser(p.ctx, &iam.DeleteUserInput{UserName: eve}))
}

// TestSDKSSHKeys: five at most, and behind an empty page.
func TestSDKSSHKeys(t *testing.T) {
	p := newSigner(t)
	c, ctx := p.iam, p.ctx
	upload := func(body string) error {
		return err2(c.UploadSSHPublicKey(ctx, &iam.UploadSSHPublicKeyInput{UserName: eve, SSHPublicKeyBody: &body}))
	}
	p.refused("InvalidPublicKey", upload("rsa"))
	p.ok(upload("ssh-rsa AAAAB3Nz eve@laptop"))
	p.refused("DuplicateSSHPublicKey", upload("ssh-rsa AAAAB3Nz eve@laptop"))
	for i := range 4 {
		p.ok(upload(fmt.Sprintf("ssh-rsa AAAAB3N%d", i)))
	}
	p.refused("LimitExceeded", upload("ssh-rsa AAAAB3N9"))
	p.refused("DeleteConflict", p.dies())
	p.sim.Inject(awssim.Fault{Operation: "ListSSHPublicKeys", Nth: 1, Kind: awssim.EmptyPage})
	first, err := c.ListSSHPublicKeys(ctx, &iam.ListSSHPublicKeysInput{UserName: eve})
	if err != nil || len(first.SSHPublicKeys) > 0 || !first.IsTruncated {
		t.Errorf("the first page is %+v, %v", first, err)
	}
	keys, err := c.ListSSHPublicKeys(ctx, &iam.ListSSHPublicKeysInput{UserName: eve, Marker: first.Marker})
	if err != nil || len(keys.SSHPublicKeys) != 5 || keys.IsTruncated {
		t.Fatalf("SSH keys %+v, %v", keys, err)
	}
	for _, k := range keys.SSHPublicKeys {
		p.ok(err2(c.DeleteSSHPublicKey(ctx, &iam.DeleteSSHPublicKeyInput{UserName: eve, SSHPublicKeyId: k.SSHPublicKeyId})))
	}
	p.refused("NoSuchEntity", err2(c.DeleteSSHPublicKey(ctx, &iam.DeleteSSHPublicKeyInput{UserName: eve, SSHPublicKeyId: keys.SSHPublicKeys[0].SSHPublicKeyId})))
	p.ok(p.dies())
	p.refused("NoSuchEntity", err2(c.ListSSHPublicKeys(ctx, &iam.ListSSHPublicKeysInput{UserName: eve})))
}

// TestSDKSigningCertificates: two at most.
func TestSDKSigningCertificates(t *testing.T) {
	p := newSigner(t)
	c, ctx := p.iam, p.ctx
	sign := func(body *string) error {
		return err2(c.UploadSigningCertificate(ctx, &iam.UploadSigningCertificateInput{UserName: eve, CertificateBody: body}))
	}
	one := certificate(t, 1)
	p.refused("MalformedCertificate", sign(aws.String("certificate")))
	p.refused("InvalidCertificate", sign(aws.String("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")))
	p.ok(sign(one))
	p.refused("DuplicateCertificate", sign(one))
	p.ok(sign(certificate(t, 2)))
	p.refused("LimitExceeded", sign(certificate(t, 3)))
	p.refused("DeleteConflict", p.dies())
	certs, err := c.ListSigningCertificates(ctx, &iam.ListSigningCertificatesInput{UserName: eve})
	if err != nil || len(certs.Certificates) != 2 || aws.ToString(certs.Certificates[0].CertificateBody) != *one {
		t.Fatalf("certificates %+v, %v", certs, err)
	}
	for _, k := range certs.Certificates {
		p.ok(err2(c.DeleteSigningCertificate(ctx, &iam.DeleteSigningCertificateInput{UserName: eve, CertificateId: k.CertificateId})))
	}
	p.ok(p.dies())
}

// TestSDKServiceSpecificCredentials: two at most of a service.
func TestSDKServiceSpecificCredentials(t *testing.T) {
	p := newSigner(t)
	c, ctx := p.iam, p.ctx
	special := func(service string) error {
		return err2(c.CreateServiceSpecificCredential(ctx, &iam.CreateServiceSpecificCredentialInput{UserName: eve, ServiceName: &service}))
	}
	p.refused("NotSupportedService", special("ec2.amazonaws.com"))
	p.ok(special("codecommit.amazonaws.com"))
	p.ok(special("codecommit.amazonaws.com"))
	p.refused("LimitExceeded", special("codecommit.amazonaws.com"))
	p.ok(special("bedrock.amazonaws.com"))
	p.refused("DeleteConflict", p.dies())
	all, err := c.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: eve})
	if err != nil || len(all.ServiceSpecificCredentials) != 3 {
		t.Fatalf("credentials %+v, %v", all, err)
	}
	some, err := c.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: eve, ServiceName: aws.String("bedrock.amazonaws.com")})
	if err != nil || len(some.ServiceSpecificCredentials) != 1 {
		t.Errorf("credentials of bedrock %+v, %v", some, err)
	}
	for _, k := range all.ServiceSpecificCredentials {
		p.ok(err2(c.DeleteServiceSpecificCredential(ctx, &iam.DeleteServiceSpecificCredentialInput{UserName: eve, ServiceSpecificCredentialId: k.ServiceSpecificCredentialId})))
	}
	p.ok(p.dies())
}
