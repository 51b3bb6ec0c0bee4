package role

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/payer-reconciler/reconciler/kind"
)

func malformed(message string) error {
	return &types.MalformedPolicyDocumentException{Message: aws.String(message)}
}

// TestAgainEndsAfterTwoMinutes waits longer from try to try, and gives up.
func TestAgainEndsAfterTwoMinutes(t *testing.T) {
	err := malformed(`Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:user/new"`)
	var waited time.Duration
	for try := 1; ; try++ {
		var pending *kind.Pending
		got := again("update", try, err)
		if !errors.As(got, &pending) {
			if got != err {
				t.Errorf("the last error is %v", got)
			}
			break
		}
		waited += pending.Again
		if try > 100 {
			t.Fatal("it never ends")
		}
	}
	if waited < 90*time.Second || waited > 2*time.Minute {
		t.Errorf("it gave up after %s", waited)
	}
}

func TestAgainIsForPrincipalsAlone(t *testing.T) {
	for _, err := range []error{nil, malformed("Syntax errors in policy."), &types.NoSuchEntityException{}, errors.New("Invalid principal")} {
		if got := again("create", 1, err); got != err {
			t.Errorf("%v became %v", err, got)
		}
	}
}
