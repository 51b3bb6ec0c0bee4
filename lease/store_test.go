package lease

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/payer-reconciler/reconciler/awssim"
	"github.com/payer-reconciler/reconciler/internal/tools"
)

const (
	owner  = "111122223333"
	bucket = "acme-billing"
	key    = "reconciler/acme-labs.lease"
)

// s3At makes a client of S3.
func s3At(url string, client aws.HTTPClient, id, secret string) *s3.Client {
	return s3.New(s3.Options{
		Region: "us-east-1", BaseEndpoint: &url, HTTPClient: client, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
	})
}

// simulated is a bucket on the simulator, and a client that tries again.
func simulated(t *testing.T, o awssim.Options) (*awssim.Server, *s3.Client) {
	t.Helper()
	sim := awssim.New(o)
	id, secret := sim.Key(owner)
	c := s3At("http://aws.example", &http.Client{Transport: sim.Transport()}, id, secret)
	if _, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(bucket)}); err != nil {
		t.Fatal(err)
	}
	return sim, c
}

// TestStore holds the stores that are not S3 to what a Store promises.
func TestStore(t *testing.T) {
	for name, s := range map[string]Store{"memory": &memory{}, "file": PauseFile(filepath.Join(t.TempDir(), "new"), "acme")} {
		t.Run(name, func(t *testing.T) {
			promises(t, s)
			race(t, s)
		})
	}
}

// TestStoreS3 holds S3 to it, as the simulator does it.
func TestStoreS3(t *testing.T) {
	_, c := simulated(t, awssim.Options{})
	s := S3(c, bucket, key, owner)
	promises(t, s)
	race(t, s)
}

// TestMotoStore holds S3 to it, as moto does it: one call after the other, for its
// threads look at a condition and write without a lock between.
func TestMotoStore(t *testing.T) {
	m, err := tools.StartMoto(t.Context())
	m = tools.Use(t, m, err)
	defer m.Stop()
	c := s3At(m.URL, http.DefaultClient, "test", "test")
	if _, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(bucket)}); err != nil {
		t.Fatal(err)
	}
	s := S3(c, bucket, key, "")
	promises(t, s)
	a := taken(t, s, Options{Holder: "a"})
	if held := refused(t, s, Options{Holder: "b"}); held.Holder != "a" || held.Expires.IsZero() {
		t.Errorf("held by %+v", held)
	}
	if err := a.Release(t.Context()); err != nil {
		t.Fatal(err)
	}
	taken(t, s, Options{Holder: "b"})
}

// promises are those of a Store.
func promises(t *testing.T, s Store) {
	t.Helper()
	ctx := t.Context()
	want := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	o, err := s.Get(ctx)
	want("get nothing", err, ErrNone)
	if since := time.Since(o.Now); since < -5*time.Second || since > 5*time.Second {
		t.Errorf("it is %v there", o.Now)
	}
	_, err = s.Replace(ctx, []byte("x"), `"0"`)
	want("replace nothing", err, ErrConflict)
	if err := s.Remove(ctx, `"0"`); !errors.Is(err, ErrConflict) {
		t.Errorf("remove nothing: %v", err)
	}
	first, err := s.Create(ctx, []byte("a"))
	want("create", err, nil)
	_, err = s.Create(ctx, []byte("b"))
	want("create again", err, ErrConflict)
	if o, err = s.Get(ctx); err != nil || string(o.Body) != "a" || o.Tag != first || o.Age < 0 || o.Age > 5*time.Second || o.Now.IsZero() {
		t.Errorf("got %+v, %v", o, err)
	}
	second, err := s.Replace(ctx, []byte("b"), first)
	want("replace", err, nil)
	_, err = s.Replace(ctx, []byte("c"), first)
	want("replace what was replaced", err, ErrConflict)
	want("remove what was replaced", s.Remove(ctx, first), ErrConflict)
	if o, err = s.Get(ctx); err != nil || string(o.Body) != "b" || o.Tag != second {
		t.Errorf("got %+v, %v", o, err)
	}
	want("remove", s.Remove(ctx, second), nil)
	_, err = s.Get(ctx)
	want("get what was removed", err, ErrNone)
}

// race lets many create, and then replace, at once: one of them does.
func race(t *testing.T, s Store) {
	t.Helper()
	var tag string
	for round := range 10 {
		var mu sync.Mutex
		var won []string
		var all sync.WaitGroup
		for i := range 5 {
			all.Go(func() {
				body := []byte(strings.Repeat("x", 1+round*10+i))
				var got string
				var err error
				if round == 0 {
					got, err = s.Create(t.Context(), body)
				} else {
					got, err = s.Replace(t.Context(), body, tag)
				}
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won = append(won, got)
				} else if !errors.Is(err, ErrConflict) {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		all.Wait()
		if len(won) != 1 {
			t.Fatalf("round %d: %d won", round, len(won))
		}
		tag = won[0]
	}
	if err := s.Remove(t.Context(), tag); err != nil {
		t.Error(err)
	}
}

// TestDangerTwoAtOnce: of two that acquire at once, one wins.
func TestDangerTwoAtOnce(t *testing.T) {
	_, c := simulated(t, awssim.Options{})
	s := S3(c, bucket, key, owner)
	for round := range 200 {
		var got [2]*Lease
		var all sync.WaitGroup
		start := make(chan struct{})
		for i := range got {
			all.Go(func() {
				<-start
				l, err := Acquire(t.Context(), s, Options{})
				var held *HeldError
				if err != nil && !errors.As(err, &held) {
					t.Errorf("round %d: %v", round, err)
				}
				got[i] = l
			})
		}
		close(start)
		all.Wait()
		if (got[0] == nil) == (got[1] == nil) {
			t.Fatalf("round %d: %v", round, got)
		}
		for _, l := range got {
			if l == nil {
				continue
			}
			if err := l.Release(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestS3TakeOver counts by S3's clock, which stands still until it is moved.
func TestS3TakeOver(t *testing.T) {
	sim, c := simulated(t, awssim.Options{Manual: true, Start: time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)})
	s := S3(c, bucket, key, owner)
	die(taken(t, s, Options{Holder: "a"}))
	for _, step := range []time.Duration{0, 5 * time.Minute, margin} {
		sim.Advance(step)
		if held := refused(t, s, Options{Holder: "b"}); held.Expires.Year() != 2031 {
			t.Errorf("expires %v", held.Expires)
		}
	}
	sim.Advance(time.Second)
	taken(t, s, Options{Holder: "b"})
	p := S3(c, bucket, key+".pause", owner)
	if err := SetPause(t.Context(), p, Pause{By: "ops", For: time.Hour}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, true, false} {
		if got, err := ReadPause(t.Context(), p); err != nil || (got != nil) != want {
			t.Errorf("at %v: %v, %v", sim.Now(), got, err)
		}
		sim.Advance(40 * time.Minute)
	}
}

// TestS3LostAnswers: each of the writes is done and its answer lost, with a
// client that tries again and finds the condition broken by itself.
func TestS3LostAnswers(t *testing.T) {
	sim, c := simulated(t, awssim.Options{})
	s := S3(c, bucket, key, owner)
	sim.Inject(awssim.Fault{Operation: "s3:PutObject", Nth: 1, Kind: awssim.DropAnswer})
	l := taken(t, s, Options{})
	sim.Inject(awssim.Fault{Operation: "s3:PutObject", Nth: 1, Kind: awssim.DropAnswer})
	if err := l.renew(); err != nil {
		t.Errorf("renew: %v", err)
	}
	for _, kind := range []awssim.FaultKind{awssim.ServerError, awssim.Conflict, awssim.Throttle} {
		sim.Inject(awssim.Fault{Operation: "s3:PutObject", Nth: 1, Kind: kind})
		if err := l.renew(); err != nil {
			err = l.renew() // a conflict is tried again by us
			if err != nil {
				t.Errorf("renew after %s: %v", kind, err)
			}
		}
	}
	sim.Inject(awssim.Fault{Operation: "s3:DeleteObject", Nth: 1, Kind: awssim.DropAnswer})
	if err := l.Release(t.Context()); err != nil {
		t.Errorf("release: %v", err)
	}
	if _, err := s.Get(t.Context()); !errors.Is(err, ErrNone) {
		t.Errorf("released: %v", err)
	}
}

// TestS3Failures are told as what they are, with what to do about them.
func TestS3Failures(t *testing.T) {
	sim, c := simulated(t, awssim.Options{})
	hint := func(err error) string {
		var h interface{ Hint() string }
		if errors.As(err, &h) {
			return h.Hint()
		}
		return ""
	}
	_, err := Acquire(t.Context(), S3(c, "no-such-bucket", key, owner), Options{})
	if !errors.Is(err, ErrNoBucket) || errors.Is(err, ErrNone) || !strings.Contains(hint(err), "lease.bucket") {
		t.Errorf("no bucket: %v; %s", err, hint(err))
	}
	if _, err := ReadPause(t.Context(), S3(c, "no-such-bucket", key, owner)); !errors.Is(err, ErrNoBucket) {
		t.Errorf("pause without a bucket: %v", err)
	}
	_, err = Acquire(t.Context(), S3(c, bucket, key, "999988887777"), Options{})
	if err == nil || code(err) != "AccessDenied" || !strings.Contains(hint(err), "s3:ListBucket") {
		t.Errorf("another owner: %v; %s", err, hint(err))
	}
	sim.Inject(awssim.Fault{Operation: "s3:GetObject", Kind: awssim.Deny})
	if _, err := ReadPause(t.Context(), S3(c, bucket, key+".pause", owner)); err == nil || !strings.Contains(hint(err), "s3:GetObject") {
		t.Errorf("pause that may not be read: %v; %s", err, hint(err))
	}
	sim.ClearFaults()
	big := strings.Repeat(" ", biggest+1)
	if _, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String(key), Body: strings.NewReader(big)}); err != nil {
		t.Fatal(err)
	}
	var foreign *ForeignError
	if _, err := Acquire(context.Background(), S3(c, bucket, key, owner), Options{}); !errors.As(err, &foreign) {
		t.Errorf("something big: %v", err)
	}
}
