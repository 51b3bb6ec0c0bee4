package cloud

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/hashicorp/go-multierror"
)

func coded(code string) error {
	return &smithy.OperationError{ServiceID: "Organizations", OperationName: "ListRoots",
		Err: newError(&smithy.GenericAPIError{Code: code, Message: "m"})}
}

func TestFatal(t *testing.T) {
	for code, want := range map[string]bool{
		"AccessDeniedException": true, "AccessDenied": true, "ExpiredTokenException": true, "ExpiredToken": true,
		"InvalidClientTokenId": true, "UnrecognizedClientException": true, "SignatureDoesNotMatch": true,
		"ConstraintViolationException": false, "TooManyRequestsException": false, "ServiceException": false,
		"AccessDeniedForDependencyException": false, "": false,
	} {
		if got := Fatal(fmt.Errorf("list roots: %w", coded(code))); got != want {
			t.Errorf("Fatal(%s) = %v, want %v", code, got, want)
		}
	}
	if Fatal(nil) || Lost(nil) || Throttled(nil) || Code(nil) != "" || Reason(nil) != "" || Explain(nil) != "" || Hint(nil) != "" {
		t.Error("no error means something")
	}
	if err := errors.New("plain"); Fatal(err) || Lost(err) || Explain(err) != "plain" || Code(err) != "" {
		t.Error("an error of nobody means something")
	}
}

// What is refused of one object is AWS's error, and no reason to end.
func TestRefused(t *testing.T) {
	denied := coded("AccessDeniedException")
	err := fmt.Errorf("create contact: %w", Refused(denied, "it needs more"))
	if Fatal(err) || Code(err) != "AccessDeniedException" || !errors.Is(err, denied) {
		t.Errorf("Fatal %v, Code %q", Fatal(err), Code(err))
	}
	if got, want := Explain(err), "create contact: ListRoots: AccessDeniedException: m; it needs more"; got != want {
		t.Errorf("Explain = %q, want %q", got, want)
	}
}

func TestExplainEveryCause(t *testing.T) {
	var all *multierror.Error
	all = multierror.Append(all, fmt.Errorf("list roots: %w", coded("First")), coded("Second"), errors.New("third"))
	for _, err := range []error{all, fmt.Errorf("read acme-labs: %w", errors.Join(coded("First"), coded("Second"), errors.New("third")))} {
		got := Explain(err)
		for _, want := range []string{"ListRoots: First: m", "ListRoots: Second: m", "third"} {
			if !strings.Contains(got, want) {
				t.Errorf("no %q in %s", want, got)
			}
		}
		if strings.Contains(got, "operation error") {
			t.Errorf("the SDK's words are in %s", got)
		}
	}
}

// An error of a client that is not ours is shortened, too.
func TestExplainForeignClient(t *testing.T) {
	err := &smithy.OperationError{ServiceID: "SSO", OperationName: "GetRoleCredentials",
		Err: &smithy.GenericAPIError{Code: "UnauthorizedException", Message: "Session token not found"}}
	if got := Explain(&credentialsFailure{err}); got != "GetRoleCredentials: UnauthorizedException: Session token not found" {
		t.Error(got)
	}
}
