package cloud

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// audited gives the options an audit, and what it heard.
func audited(o *Options) func() []Write {
	var mu sync.Mutex
	var all []Write
	o.Audit = func(w Write) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, w)
	}
	return func() []Write {
		mu.Lock()
		defer mu.Unlock()
		return all
	}
}

func TestAudit(t *testing.T) {
	f := newFake()
	f.answers["AssumeRole"] = assumed(time.Hour)
	f.answers["ListRoots"] = ok
	o := roleOptions(f)
	writes, text := audited(&o), logged(&o)
	s := opened(t, o)
	if _, err := s.Organizations().ListRoots(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if n := len(writes()); n != 0 {
		t.Fatalf("%d writes after reads: %v", n, writes())
	}

	ctx := WithObject(t.Context(), "attachment/VocProtections@root")
	f.answers["AttachPolicy"] = first(2, fails(400, "TooManyRequestsException"), ok)
	if err := attach(ctx, s); err != nil {
		t.Fatal(err)
	}
	f.answers["AttachPolicy"] = fails(400, "ConstraintViolationException")
	if err := attach(ctx, s); err == nil {
		t.Fatal("attached")
	}
	f.answers["CreateAccount"] = drops
	if err := create(WithObject(t.Context(), "account/a@b.example"), s); err == nil {
		t.Fatal("created")
	}
	f.answers["CreateAccount"] = fails(500, "ServiceException")
	if err := create(t.Context(), s); err == nil {
		t.Fatal("created")
	}

	line := Write{Payer: "acme-labs", Account: payerID, Caller: "arn:aws:iam::" + payerID + ":user/ops", Commit: "9f3c0123456789", Service: "Organizations",
		Operation: "AttachPolicy", Object: "attachment/VocProtections@root", RequestID: "req-1", Outcome: "ok", Attempts: 3}
	refused, lost, broken := line, line, line
	refused.Outcome, refused.Attempts = "ConstraintViolationException", 1
	lost.Operation, lost.Object, lost.RequestID = "CreateAccount", "account/a@b.example", ""
	lost.Outcome, lost.Lost, lost.Attempts = "lost", true, 1
	broken.Operation, broken.Object, broken.Outcome, broken.Lost, broken.Attempts = "CreateAccount", "", "ServiceException", true, 1
	if diff := cmp.Diff([]Write{line, refused, lost, broken}, writes(), cmpopts.IgnoreFields(Write{}, "Time")); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	for _, w := range writes() {
		if time.Since(w.Time) > time.Minute {
			t.Errorf("time %v", w.Time)
		}
	}
	if n := strings.Count(text(), `level=INFO msg="aws write"`); n != 4 {
		t.Errorf("%d lines in the log:\n%s", n, text())
	}
	want := `payer=acme-labs account=111122223333 caller=arn:aws:iam::111122223333:user/ops commit=9f3c0123456789 service=Organizations operation=AttachPolicy ref=attachment/VocProtections@root request_id=req-1 outcome=ok attempts=3`
	if !strings.Contains(text(), want) {
		t.Errorf("no %s in:\n%s", want, text())
	}
	noSecrets(t, text())
}

// TestAuditLog writes a line of JSON a write, whatever the level of the log is.
func TestAuditLog(t *testing.T) {
	f := newFake()
	o := options(f)
	var b bytes.Buffer
	l := NewAuditLog(&b)
	o.Audit = l.Add
	s := opened(t, o)
	f.answers["AttachPolicy"] = ok
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if err := attach(WithObject(t.Context(), "attachment/a\n@root"), s); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	f.answers["CreateAccount"] = drops
	if err := create(t.Context(), s); !Lost(err) {
		t.Errorf("error %v", err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != 21 || l.Err() != nil {
		t.Fatalf("%d lines, error %v:\n%s", len(lines), l.Err(), b.String())
	}
	untimed := regexp.MustCompile(`^\{"time":"[0-9-]+T[0-9:.]+Z",`)
	have := []string{untimed.ReplaceAllString(lines[0], "{"), untimed.ReplaceAllString(lines[20], "{")}
	head := `{"payer":"acme-labs","account":"111122223333","caller":"arn:aws:iam::111122223333:user/ops","commit":"9f3c0123456789","service":"Organizations",`
	want := []string{
		head + `"operation":"AttachPolicy","ref":"attachment/a\n@root","requestId":"req-1","outcome":"ok","attempts":1}`,
		head + `"operation":"CreateAccount","outcome":"lost","lost":true,"attempts":1}`,
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	noSecrets(t, b.String())
}

// A line that cannot be written stops nothing, and is not kept quiet.
func TestAuditLogThatFails(t *testing.T) {
	f := newFake()
	o := options(f)
	n := 0
	full := errors.New("no space left")
	l := NewAuditLog(writerFunc(func(p []byte) (int, error) {
		if n++; n == 1 {
			return 0, full
		}
		return len(p), nil
	}))
	o.Audit = l.Add
	s := opened(t, o)
	f.answers["AttachPolicy"] = ok
	for range 2 {
		if err := attach(t.Context(), s); err != nil {
			t.Error(err)
		}
	}
	if !errors.Is(l.Err(), full) || n != 2 {
		t.Errorf("%d lines, error %v", n, l.Err())
	}
}

// What was never sent is no write.
func TestUnsentIsNotAudited(t *testing.T) {
	f := newFake()
	o := options(f)
	writes := audited(&o)
	s := opened(t, o)
	if _, err := s.Organizations().AttachPolicy(t.Context(), nil); err == nil {
		t.Error("attached nothing to nothing")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := attach(ctx, s); err == nil {
		t.Error("attached after the end")
	}
	if n := len(writes()); n != 0 || f.times("AttachPolicy") != 0 {
		t.Errorf("%d writes, %d calls", n, f.times("AttachPolicy"))
	}
}

func TestReadingOperations(t *testing.T) {
	for operation, want := range map[string]bool{
		"DescribeOrganization": false, "ListAccounts": false, "GetResources": false, "HeadBucket": false,
		"SimulatePrincipalPolicy": false, "AssumeRole": false, "GetCallerIdentity": false,
		"CreateAccount": true, "AttachPolicy": true, "TagResource": true, "PutAccountName": true,
		"EnablePolicyType": true, "MoveAccount": true, "CloseAccount": true,
	} {
		if got := writes(operation); got != want {
			t.Errorf("writes(%s) = %v, want %v", operation, got, want)
		}
	}
}
