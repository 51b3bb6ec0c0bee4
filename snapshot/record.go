package snapshot

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/payer-reconciler/reconciler/cloud"
)

// recorder sends the questions of a session and keeps the answers. What it has
// it does not ask again.
type recorder struct {
	tape *tape

	mu     sync.Mutex
	failed error // the first call that got no answer to keep
}

// answer is the Answer of the session that takes a snapshot.
func (r *recorder) answer(ctx context.Context, q cloud.Question, send func(context.Context) (any, error)) (any, error) {
	if q.Operation == assumeRole && strings.Contains(aws.ToString(q.Input.(*sts.AssumeRoleInput).RoleArn), ":"+r.tape.payer+":") {
		return send(ctx) // the payer's own role: the way in, and nothing that AWS has
	}
	if _, ok := r.tape.shapes[q.Service][q.Operation]; !ok {
		return nil, fmt.Errorf("a snapshot asks for no %s %s", q.Service, q.Operation)
	}
	a, err := r.tape.blank(q)
	if err != nil {
		return nil, err
	}
	if q.Operation != assumeRole { // its credentials are not kept
		if have, ok := r.tape.get(a.key()); ok {
			return r.tape.give(have)
		}
		if out, ok, err := r.tape.view(q, a); ok || err != nil {
			return out, err
		}
	}
	out, err := send(ctx)
	if err != nil {
		if a.Error = failure(err); a.Error == nil {
			r.fail(err)
			return out, err
		}
		r.tape.put(a)
		return out, err
	}
	if a.Output, err = output(out); err != nil {
		return nil, fmt.Errorf("keep the answer to %s: %w", q.Operation, err)
	}
	r.tape.put(a)
	return out, nil
}

func (r *recorder) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed == nil {
		r.failed = err
	}
}

func (r *recorder) failure() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

// output is an answer as a file has it: no credentials, and of what somebody
// signs in with only how much there is.
func output(out any) ([]byte, error) {
	switch o := out.(type) {
	case *sts.AssumeRoleOutput:
		out = &sts.AssumeRoleOutput{AssumedRoleUser: o.AssumedRoleUser}
	case *iam.ListAccessKeysOutput:
		out = &iam.ListAccessKeysOutput{AccessKeyMetadata: make([]iamtypes.AccessKeyMetadata, len(o.AccessKeyMetadata)), Marker: o.Marker}
	case *iam.GetLoginProfileOutput:
		out = &iam.GetLoginProfileOutput{}
	case *iam.ListMFADevicesOutput:
		out = &iam.ListMFADevicesOutput{MFADevices: make([]iamtypes.MFADevice, len(o.MFADevices)), Marker: o.Marker}
	case *iam.ListSSHPublicKeysOutput:
		out = &iam.ListSSHPublicKeysOutput{SSHPublicKeys: make([]iamtypes.SSHPublicKeyMetadata, len(o.SSHPublicKeys)), Marker: o.Marker}
	case *iam.ListSigningCertificatesOutput:
		out = &iam.ListSigningCertificatesOutput{Certificates: make([]iamtypes.SigningCertificate, len(o.Certificates)), Marker: o.Marker}
	case *iam.ListServiceSpecificCredentialsOutput:
		out = &iam.ListServiceSpecificCredentialsOutput{Marker: o.Marker,
			ServiceSpecificCredentials: make([]iamtypes.ServiceSpecificCredentialMetadata, len(o.ServiceSpecificCredentials))}
	}
	return encode(members(reflect.Indirect(reflect.ValueOf(out))))
}
