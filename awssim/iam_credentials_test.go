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

// TestSDKCredentialsOfAUser gives a user each of the things that keep it from
// being deleted, and takes them away again.
func TestSDKCredentialsOfAUser(t *testing.T) {
	p := newPeople(t, awssim.Options{})
	c, ctx, s, eve := p.iam, p.ctx, aws.String, aws.String("eve")
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	refused := func(want string, err error) {
		t.Helper()
		if got := code(err); got != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	dies := func() error { return err2(c.DeleteUser(ctx, &iam.DeleteUserInput{UserName: eve})) }
	ok(err2(c.CreateUser(ctx, &iam.CreateUserInput{UserName: eve})))

	upload := func(body string) error {
		return err2(c.UploadSSHPublicKey(ctx, &iam.UploadSSHPublicKeyInput{UserName: eve, SSHPublicKeyBody: &body}))
	}
	refused("InvalidPublicKey", upload("rsa"))
	ok(upload("ssh-rsa AAAAB3Nz eve@laptop"))
	refused("DuplicateSSHPublicKey", upload("ssh-rsa AAAAB3Nz eve@laptop"))
	for i := range 4 {
		ok(upload(fmt.Sprintf("ssh-rsa AAAAB3N%d", i)))
	}
	refused("LimitExceeded", upload("ssh-rsa AAAAB3N9"))
	refused("DeleteConflict", dies())
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
		ok(err2(c.DeleteSSHPublicKey(ctx, &iam.DeleteSSHPublicKeyInput{UserName: eve, SSHPublicKeyId: k.SSHPublicKeyId})))
	}
	refused("NoSuchEntity", err2(c.DeleteSSHPublicKey(ctx, &iam.DeleteSSHPublicKeyInput{UserName: eve, SSHPublicKeyId: keys.SSHPublicKeys[0].SSHPublicKeyId})))

	sign := func(body *string) error {
		return err2(c.UploadSigningCertificate(ctx, &iam.UploadSigningCertificateInput{UserName: eve, CertificateBody: body}))
	}
	one := certificate(t, 1)
	refused("MalformedCertificate", sign(s("certificate")))
	refused("InvalidCertificate", sign(s("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")))
	ok(sign(one))
	refused("DuplicateCertificate", sign(one))
	ok(sign(certificate(t, 2)))
	refused("LimitExceeded", sign(certificate(t, 3)))
	refused("DeleteConflict", dies())
	certs, err := c.ListSigningCertificates(ctx, &iam.ListSigningCertificatesInput{UserName: eve})
	if err != nil || len(certs.Certificates) != 2 || aws.ToString(certs.Certificates[0].CertificateBody) != *one {
		t.Fatalf("certificates %+v, %v", certs, err)
	}
	for _, k := range certs.Certificates {
		ok(err2(c.DeleteSigningCertificate(ctx, &iam.DeleteSigningCertificateInput{UserName: eve, CertificateId: k.CertificateId})))
	}

	special := func(service string) error {
		return err2(c.CreateServiceSpecificCredential(ctx, &iam.CreateServiceSpecificCredentialInput{UserName: eve, ServiceName: &service}))
	}
	refused("NotSupportedService", special("ec2.amazonaws.com"))
	ok(special("codecommit.amazonaws.com"))
	ok(special("codecommit.amazonaws.com"))
	refused("LimitExceeded", special("codecommit.amazonaws.com"))
	ok(special("bedrock.amazonaws.com"))
	refused("DeleteConflict", dies())
	all, err := c.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: eve})
	if err != nil || len(all.ServiceSpecificCredentials) != 3 {
		t.Fatalf("credentials %+v, %v", all, err)
	}
	some, err := c.ListServiceSpecificCredentials(ctx, &iam.ListServiceSpecificCredentialsInput{UserName: eve, ServiceName: s("bedrock.amazonaws.com")})
	if err != nil || len(some.ServiceSpecificCredentials) != 1 {
		t.Errorf("credentials of bedrock %+v, %v", some, err)
	}
	for _, k := range all.ServiceSpecificCredentials {
		ok(err2(c.DeleteServiceSpecificCredential(ctx, &iam.DeleteServiceSpecificCredentialInput{UserName: eve, ServiceSpecificCredentialId: k.ServiceSpecificCredentialId})))
	}
	ok(dies())
	refused("NoSuchEntity", err2(c.ListSSHPublicKeys(ctx, &iam.ListSSHPublicKeysInput{UserName: eve})))
}
