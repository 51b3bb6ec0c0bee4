package hook

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"slices"
	"testing"
	"time"
)

// TestDocumentedVectors: the examples that the makers publish hold.
func TestDocumentedVectors(t *testing.T) {
	// docs.github.com, validating webhook deliveries.
	github := http.Header{"X-Hub-Signature-256": {"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}}
	if err := hexSigned(github, []byte("It's a Secret to Everybody"), []byte("Hello, World!"), time.Time{}); err != nil {
		t.Errorf("GitHub: %v", err)
	}
	// RFC 4231, test case 2, as Gitea writes it.
	gitea := http.Header{"X-Gitea-Signature": {"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"}}
	if err := hexSigned(gitea, []byte("Jefe"), []byte("what do ya want for nothing?"), time.Time{}); err != nil {
		t.Errorf("Gitea: %v", err)
	}
	// The example of the Standard Webhooks libraries.
	standard := http.Header{
		"Webhook-Id":        {"msg_p5jXN8AQM9LWM0D4loKWxJek"},
		"Webhook-Timestamp": {"1614265330"},
		"Webhook-Signature": {"v1a,AAAA v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
	}
	secret, body := []byte("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), []byte(`{"test": 2432232314}`)
	for _, tt := range []struct {
		late time.Duration
		want error
	}{
		{0, nil}, {5 * time.Minute, nil}, {-5 * time.Minute, nil},
		{5*time.Minute + time.Second, errStale}, {-5*time.Minute - time.Second, errStale},
	} {
		if err := gitlabSigned(standard, secret, body, time.Unix(1614265330, 0).Add(tt.late)); !errors.Is(err, tt.want) {
			t.Errorf("GitLab %v late: %v, want %v", tt.late, err, tt.want)
		}
	}
	standard.Set("Webhook-Signature", "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=")
	if err := gitlabSigned(standard, secret, body, time.Unix(1614265330, 0)); !errors.Is(err, errWrong) {
		t.Errorf("GitLab with a wrong signature: %v", err)
	}
}

// TestConstantTime: signature.go compares secrets, and what is made of them,
// by hmac.Equal and nothing else. What may be compared otherwise is known to
// everybody: nil, lengths, headers that are empty.
func TestConstantTime(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "signature.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	equal := 0
	open := func(e ast.Expr) bool {
		switch e := e.(type) {
		case *ast.Ident:
			return e.Name == "nil" || e.Name == "tolerance"
		case *ast.BasicLit:
			return e.Value == "1" || e.Value == `""`
		}
		return false
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if (n.Op == token.EQL || n.Op == token.NEQ) && !open(n.Y) {
				t.Errorf("byte %d of signature.go compares by %s", n.Pos(), n.Op)
			}
		case *ast.SelectorExpr:
			of, _ := n.X.(*ast.Ident)
			if of == nil {
				return true
			}
			if of.Name == "hmac" && n.Sel.Name == "Equal" {
				equal++
			}
			if of.Name == "bytes" || of.Name == "slices" ||
				of.Name == "strings" && slices.Contains([]string{"Compare", "EqualFold", "Contains", "HasPrefix"}, n.Sel.Name) {
				t.Errorf("signature.go uses %s.%s", of.Name, n.Sel.Name)
			}
		}
		return true
	})
	if equal != 3 {
		t.Errorf("hmac.Equal is called %d times, want 3", equal)
	}
}
