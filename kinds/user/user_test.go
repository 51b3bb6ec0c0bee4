package user_test

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
	"github.com/payer-reconciler/reconciler/internal/kindtest"
)

const (
	org   = "organization: {create: true}\nous: [{name: Keep}]\n"
	prune = "safety: {prune: true}\n"
)

// lists are those that a user is looked for in before it is deleted.
var lists = []string{"ListAccessKeys", "ListMFADevices", "ListSSHPublicKeys", "ListSigningCertificates", "ListServiceSpecificCredentials"}

// certificate is a self-signed X.509 certificate.
func certificate(r *kindtest.Rig) *string {
	r.Helper()
	key := kindtest.Must[*rsa.PrivateKey](r)(rsa.GenerateKey(rand.Reader, 2048))
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1<<31, 0)}
	der := kindtest.Must[[]byte](r)(x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key))
	return aws.String(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
}

// TestWhoSignsInIsNotDeleted has a user of ours, which left the file, with each
// thing that somebody signs in with, behind an empty page of each list: it keeps
// its groups and policies.
func TestWhoSignsInIsNotDeleted(t *testing.T) {
	u := aws.String("U")
	for why, tt := range map[string]func(r *kindtest.Rig) (undo func()){
		"access keys": func(r *kindtest.Rig) func() {
			k := kindtest.Must[*iam.CreateAccessKeyOutput](r)(r.IAM().CreateAccessKey(r.Context(), &iam.CreateAccessKeyInput{UserName: u})).AccessKey
			return func() {
				kindtest.Must[*iam.DeleteAccessKeyOutput](r)(r.IAM().DeleteAccessKey(r.Context(), &iam.DeleteAccessKeyInput{UserName: u, AccessKeyId: k.AccessKeyId}))
			}
		},
		"a password": func(r *kindtest.Rig) func() {
			kindtest.Must[*iam.CreateLoginProfileOutput](r)(r.IAM().CreateLoginProfile(r.Context(),
				&iam.CreateLoginProfileInput{UserName: u, Password: aws.String("Correct-horse-9")}))
			return func() {
				kindtest.Must[*iam.DeleteLoginProfileOutput](r)(r.IAM().DeleteLoginProfile(r.Context(), &iam.DeleteLoginProfileInput{UserName: u}))
			}
		},
		"MFA devices": func(r *kindtest.Rig) func() {
			serial := aws.String("arn:aws:iam::" + kindtest.Account + ":mfa/U")
			kindtest.Must[*iam.EnableMFADeviceOutput](r)(r.IAM().EnableMFADevice(r.Context(), &iam.EnableMFADeviceInput{UserName: u,
				SerialNumber: serial, AuthenticationCode1: aws.String("123456"), AuthenticationCode2: aws.String("654321")}))
			return func() {
				kindtest.Must[*iam.DeactivateMFADeviceOutput](r)(r.IAM().DeactivateMFADevice(r.Context(), &iam.DeactivateMFADeviceInput{UserName: u, SerialNumber: serial}))
			}
		},
		"SSH keys": func(r *kindtest.Rig) func() {
			k := kindtest.Must[*iam.UploadSSHPublicKeyOutput](r)(r.IAM().UploadSSHPublicKey(r.Context(),
				&iam.UploadSSHPublicKeyInput{UserName: u, SSHPublicKeyBody: aws.String("ssh-rsa AAAA")})).SSHPublicKey
			return func() {
				kindtest.Must[*iam.DeleteSSHPublicKeyOutput](r)(r.IAM().DeleteSSHPublicKey(r.Context(), &iam.DeleteSSHPublicKeyInput{UserName: u, SSHPublicKeyId: k.SSHPublicKeyId}))
			}
		},
		"signing certificates": func(r *kindtest.Rig) func() {
			k := kindtest.Must[*iam.UploadSigningCertificateOutput](r)(r.IAM().UploadSigningCertificate(r.Context(),
				&iam.UploadSigningCertificateInput{UserName: u, CertificateBody: certificate(r)})).Certificate
			return func() {
				kindtest.Must[*iam.DeleteSigningCertificateOutput](r)(r.IAM().DeleteSigningCertificate(r.Context(), &iam.DeleteSigningCertificateInput{UserName: u, CertificateId: k.CertificateId}))
			}
		},
		"credentials of single services": func(r *kindtest.Rig) func() {
			k := kindtest.Must[*iam.CreateServiceSpecificCredentialOutput](r)(r.IAM().CreateServiceSpecificCredential(r.Context(),
				&iam.CreateServiceSpecificCredentialInput{UserName: u, ServiceName: aws.String("bedrock.amazonaws.com")})).ServiceSpecificCredential
			return func() {
				kindtest.Must[*iam.DeleteServiceSpecificCredentialOutput](r)(r.IAM().DeleteServiceSpecificCredential(r.Context(),
					&iam.DeleteServiceSpecificCredentialInput{UserName: u, ServiceSpecificCredentialId: k.ServiceSpecificCredentialId}))
			}
		},
	} {
		t.Run(why, func(t *testing.T) {
			kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
				const audit = "arn:aws:iam::aws:policy/SecurityAudit"
				r.Apply(org + "users: [{name: U, managedPolicies: [" + audit + "]}]\ngroups: [{name: G, members: [U]}]\n")
				p := r.Plan(org + prune)
				r.Want(p, "- user/U")
				undo := tt(r)
				for _, op := range lists {
					r.Sim.Inject(awssim.Fault{Operation: op, Nth: 1, Kind: awssim.EmptyPage})
				}
				_, err := r.TryApply(p) // since the plan
				r.Refused(err, "delete user U: it has "+why)
				if g := r.GetGroup("G"); len(g.Users) != 1 {
					t.Errorf("the user stays, and is in no group any more")
				}
				if held := kindtest.Must[*iam.ListAttachedUserPoliciesOutput](r)(r.IAM().ListAttachedUserPolicies(r.Context(),
					&iam.ListAttachedUserPoliciesInput{UserName: u})); len(held.AttachedPolicies) != 1 {
					t.Errorf("the user stays, and has lost its policies")
				}
				before := r.Writes()
				r.Want(r.Apply(org), []string{}...)
				r.Want(r.Plan(org+prune), "!- user/U (blocked: it has "+why+"; take these away first)")
				if n := r.Writes() - before; n != 0 {
					t.Errorf("%d writes", n)
				}
				undo()
				r.Want(r.Apply(org+prune), "- user/U")
			})
		})
	}
}

// TestKeysAreNeverRead plans over users with keys, none of which may go: nobody
// asks for their keys.
func TestKeysAreNeverRead(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		body := org + "users: [{name: U, tags: {a: b}}]\n" + prune
		r.Apply(body)
		r.User("theirs")
		for _, name := range []string{"U", "theirs"} {
			kindtest.Must[*iam.CreateAccessKeyOutput](r)(r.IAM().CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: aws.String(name)}))
		}
		r.Sim.ResetCalls()
		r.Settled(body)
		calls := r.Calls()
		for _, op := range append([]string{"GetLoginProfile", "GetAccessKeyLastUsed", "GetUser", "ListUserTags"}, lists...) {
			if calls[op] > 0 {
				t.Errorf("%d calls of %s", calls[op], op)
			}
		}
	})
}

// TestDeleteTakesEverythingOff removes a user that others have put into groups
// and given policies.
func TestDeleteTakesEverythingOff(t *testing.T) {
	kindtest.Run(t, awssim.Options{LagReads: 4}, func(t *testing.T, r *kindtest.Rig) {
		r.Apply(org + "users: [{name: U, inlinePolicies: {in: {document: " + kindtest.Grant("s3:*") + "}}, managedPolicies: [arn:aws:iam::aws:policy/ReadOnlyAccess]}]\n")
		r.Group("theirs")
		kindtest.Must[*iam.AddUserToGroupOutput](r)(r.IAM().AddUserToGroup(t.Context(), &iam.AddUserToGroupInput{GroupName: aws.String("theirs"), UserName: aws.String("U")}))
		kindtest.Must[*iam.PutUserPolicyOutput](r)(r.IAM().PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{
			UserName: aws.String("U"), PolicyName: aws.String("theirs"), PolicyDocument: aws.String(kindtest.Grant("ec2:*"))}))
		r.CatchUp()
		r.Want(r.Apply(org+prune), "- user/U")
		if r.GetUser("U") != nil {
			t.Error("the user is there")
		}
		if g := r.GetGroup("theirs"); g == nil || len(g.Users) > 0 {
			t.Errorf("the group is %+v", g)
		}
	})
}

// TestMemberThatTheFileWantsStays has a user that left users and is still named
// as a member.
func TestMemberThatTheFileWantsStays(t *testing.T) {
	kindtest.Run(t, awssim.Options{}, func(t *testing.T, r *kindtest.Rig) {
		group := "groups: [{name: G, members: [U]}]\n"
		r.Want(r.Apply(org+group+"users: [{name: U}]\n"), "+ group/G", "+ organization", "+ ou/Keep", "+ user/U")
		r.Want(r.Plan(org+group+prune), "!- user/U (blocked: group/G needs it)")
	})
}

// TestDanger17LostAnswerOfCreateUser makes the user once, with its policies.
func TestDanger17LostAnswerOfCreateUser(t *testing.T) {
	for _, operation := range []string{"CreateUser", "CreateGroup"} {
		for _, fault := range []awssim.FaultKind{awssim.Drop, awssim.DropAnswer, awssim.ServerError} {
			t.Run(fmt.Sprint(operation, "/", fault), func(t *testing.T) {
				kindtest.Run(t, awssim.Options{LagReads: 4}, func(t *testing.T, r *kindtest.Rig) {
					r.Apply(org)
					in := "inlinePolicies: {in: {document: " + kindtest.Grant("s3:*") + "}}"
					body := org + "users: [{name: U, " + in + "}]\ngroups: [{name: G, members: [U], " + in + "}]\n"
					p := r.Plan(body)
					r.Sim.Inject(awssim.Fault{Operation: operation, Nth: 1, Kind: fault})
					r.Sim.ResetCalls()
					if _, err := r.TryApply(p); err != nil && fault == awssim.DropAnswer {
						t.Error(err)
					}
					if n := r.Calls()[operation]; n != 1 {
						t.Errorf("%d requests, though nobody looked what became of the first", n)
					}
					if len(kindtest.Lines(r.Plan(body))) > 0 {
						r.Apply(body)
					}
					r.Settled(body)
				})
			})
		}
	}
}
