package cloud

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// What has sent no write yet waits for its rate until it is asked to stop; what
// has, to the end. Three at once and two a second: so AWS takes AttachPolicy.
func TestUntil(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.answers["ListRoots"] = ok
		s := ratedSession(t, f, nil)
		stop := make(chan struct{})
		begun, fresh := Until(t.Context(), stop), Until(t.Context(), stop)
		began := time.Now()
		for range 3 {
			if err := attach(begun, s); err != nil {
				t.Fatal(err)
			}
		}
		ends := make(chan error, 3)
		go func() { ends <- attach(fresh, s) }()
		go func() { ends <- attach(Until(t.Context(), stop), s) }()
		synctest.Wait()
		close(stop)
		for range 2 {
			if err := <-ends; !errors.Is(err, ErrStopped) || Lost(err) {
				t.Errorf("what waits is not stopped: %v", err)
			}
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("it stopped after %s", took)
		}
		if err := attach(begun, s); err != nil {
			t.Errorf("what is under way does not come to its end: %v", err)
		}
		if err := attach(Until(t.Context(), stop), s); !errors.Is(err, ErrStopped) {
			t.Errorf("what begins after the stop: %v", err)
		}
		if got := len(arrived(f, "AttachPolicy", began)); got != 4 {
			t.Errorf("%d calls were sent, want 4", got)
		}
	})
}
