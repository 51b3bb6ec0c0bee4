package world

import (
	"crypto/x509"
	"encoding/pem"
	"regexp"
	"slices"
	"time"
)

// What a user signs in with beside passwords, access keys and MFA devices. A
// user who has any of it is not deleted.
type (
	// SSHPublicKeyMetadata is an SSH key without its body.
	SSHPublicKeyMetadata struct {
		UserName, SSHPublicKeyId, Status string
		UploadDate                       time.Time
	}

	// SigningCertificate is an X.509 certificate of a user.
	SigningCertificate struct {
		UserName, CertificateId, CertificateBody, Status string
		UploadDate                                       time.Time
	}

	// ServiceSpecificCredentialMetadata is a name and password for one service,
	// without the password.
	ServiceSpecificCredentialMetadata struct {
		UserName, Status            string
		ServiceUserName             string `xml:",omitempty"`
		CreateDate                  time.Time
		ServiceSpecificCredentialId string
		ServiceName                 string
	}
)

// credential is one thing of these: of is what was uploaded, or the service.
type credential struct {
	id, of  string
	created time.Time
}

const (
	maxSSHKeys      = 5
	maxCertificates = 2
	maxCredentials  = 2 // of one service
)

var (
	sshKeyText = regexp.MustCompile(`^(ssh-rsa [A-Za-z0-9+/=]+( .*)?|-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----)\s*$`)

	// credentialServices are those for which IAM makes credentials.
	credentialServices = []string{"codecommit.amazonaws.com", "cassandra.amazonaws.com", "bedrock.amazonaws.com", "logs.amazonaws.com"}
)

// UploadSSHPublicKey gives a user a key for git, at most five.
func (w *World) UploadSSHPublicKey(who, name, body string) (SSHPublicKeyMetadata, error) {
	u, err := w.user(who, name)
	switch {
	case err != nil:
		return SSHPublicKeyMetadata{}, err
	case !sshKeyText.MatchString(body):
		return SSHPublicKeyMetadata{}, refuse("InvalidPublicKey", "The public key is malformed or otherwise invalid.")
	case slices.ContainsFunc(u.ssh, func(k credential) bool { return k.of == body }):
		return SSHPublicKeyMetadata{}, refuse("DuplicateSSHPublicKey", "The SSH public key is already associated with the user.")
	case len(u.ssh) >= maxSSHKeys:
		return SSHPublicKeyMetadata{}, limitExceeded("Cannot exceed quota for SSHPublicKeysPerUser: %d", maxSSHKeys)
	}
	k := credential{w.credentialID(who, u, "APKA"), body, w.now}
	u.ssh = append(u.ssh, k)
	return SSHPublicKeyMetadata{u.name, k.id, "Active", k.created}, nil
}

// ListSSHPublicKeys lists a user's keys for git.
func (w *World) ListSSHPublicKeys(c Caller, name string) ([]SSHPublicKeyMetadata, error) {
	return listed(w, c, name, func(u *user) []credential { return u.ssh }, func(u *user, k credential) SSHPublicKeyMetadata {
		return SSHPublicKeyMetadata{u.name, k.id, "Active", k.created}
	})
}

// DeleteSSHPublicKey takes a key for git away.
func (w *World) DeleteSSHPublicKey(who, name, id string) error {
	u, err := w.user(who, name)
	if err != nil {
		return err
	}
	return w.dropCredential(&u.ssh, "The SSH Public Key", id)
}

// UploadSigningCertificate gives a user a certificate, at most two.
func (w *World) UploadSigningCertificate(c Caller, name, body string) (SigningCertificate, error) {
	u, err := w.userOf(c, name)
	if err != nil {
		return SigningCertificate{}, err
	}
	block, _ := pem.Decode([]byte(body))
	if block == nil {
		return SigningCertificate{}, refuse("MalformedCertificate", "Invalid Certificate format.")
	}
	if _, err := x509.ParseCertificate(block.Bytes); err != nil {
		return SigningCertificate{}, refuse("InvalidCertificate", "The certificate is invalid.")
	}
	if slices.ContainsFunc(u.certificates, func(k credential) bool { return k.of == body }) {
		return SigningCertificate{}, refuse("DuplicateCertificate", "The certificate is already associated with the user.")
	}
	if len(u.certificates) >= maxCertificates {
		return SigningCertificate{}, limitExceeded("Cannot exceed quota for CertificatesPerUser: %d", maxCertificates)
	}
	k := credential{letters(upper, 32, hash(c.Account, u.name, "certificate")+w.next()), body, w.now}
	u.certificates = append(u.certificates, k)
	return SigningCertificate{u.name, k.id, k.of, "Active", k.created}, nil
}

// ListSigningCertificates lists a user's certificates.
func (w *World) ListSigningCertificates(c Caller, name string) ([]SigningCertificate, error) {
	return listed(w, c, name, func(u *user) []credential { return u.certificates }, func(u *user, k credential) SigningCertificate {
		return SigningCertificate{u.name, k.id, k.of, "Active", k.created}
	})
}

// DeleteSigningCertificate takes a certificate away.
func (w *World) DeleteSigningCertificate(c Caller, name, id string) error {
	u, err := w.userOf(c, name)
	if err != nil {
		return err
	}
	return w.dropCredential(&u.certificates, "The Certificate", id)
}

// CreateServiceSpecificCredential gives a user a name and a password for one
// service, at most two of each.
func (w *World) CreateServiceSpecificCredential(who, name, service string) (meta ServiceSpecificCredentialMetadata, secret string, err error) {
	u, err := w.user(who, name)
	if err != nil {
		return meta, "", err
	}
	if !slices.Contains(credentialServices, service) {
		return meta, "", refuse("NotSupportedService", "The specified service does not support service-specific credentials.")
	}
	n := 0
	for _, k := range u.credentials {
		if k.of == service {
			n++
		}
	}
	if n >= maxCredentials {
		return meta, "", limitExceeded("Cannot exceed quota for ServiceSpecificCredentialsPerUser: %d", maxCredentials)
	}
	k := credential{w.credentialID(who, u, "ACCA"), service, w.now}
	u.credentials = append(u.credentials, k)
	return u.specific(who, k), secretOf(k.id), nil
}

func (u *user) specific(who string, k credential) ServiceSpecificCredentialMetadata {
	return ServiceSpecificCredentialMetadata{u.name, "Active", u.name + "-at-" + who, k.created, k.id, k.of}
}

// ListServiceSpecificCredentials lists a user's credentials, of one service where
// one is named.
func (w *World) ListServiceSpecificCredentials(c Caller, name, service string) ([]ServiceSpecificCredentialMetadata, error) {
	some := func(u *user) []credential {
		return slices.DeleteFunc(slices.Clone(u.credentials), func(k credential) bool { return service != "" && k.of != service })
	}
	return listed(w, c, name, some, func(u *user, k credential) ServiceSpecificCredentialMetadata { return u.specific(c.Account, k) })
}

// DeleteServiceSpecificCredential takes a credential away.
func (w *World) DeleteServiceSpecificCredential(c Caller, name, id string) error {
	u, err := w.userOf(c, name)
	if err != nil {
		return err
	}
	return w.dropCredential(&u.credentials, "Service-specific credential", id)
}

// credentialID is a new id of IAM's, with the prefix of its sort.
func (w *World) credentialID(who string, u *user, prefix string) string {
	return prefix + letters(upper, 17, hash(who, u.name, prefix)+w.next())
}

// listed lists what one user has of a sort. The root has none.
func listed[T any](w *World, c Caller, name string, of func(*user) []credential, shape func(*user, credential) T) ([]T, error) {
	out := []T{}
	if name == "" && c.user == "" && !c.Role {
		return out, nil
	}
	u, err := w.userOf(c, name)
	if err != nil {
		return nil, err
	}
	for _, k := range of(u) {
		out = append(out, shape(u, k))
	}
	return out, nil
}

func (w *World) dropCredential(list *[]credential, what, id string) error {
	i := slices.IndexFunc(*list, func(k credential) bool { return k.id == id })
	if i < 0 {
		return noEntity("%s with id %s cannot be found.", what, id)
	}
	*list = slices.Delete(*list, i, i+1)
	return nil
}
