package tools

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"sync"
	"time"
)

// Moto is a running moto, the independent AWS emulator. Every account of it is
// empty at the start; a key that it did not issue acts as MotoAccount.
type Moto struct {
	URL string

	cmd   *exec.Cmd
	ended chan error
	log   requestLog
}

// MotoAccount is who any unknown access key acts as.
const MotoAccount = "123456789012"

// errPort is a port that somebody else took between two looks.
var errPort = errors.New("moto ended before it answered")

// StartMoto starts a moto on a free port of loopback. Stop ends it.
func StartMoto(ctx context.Context) (*Moto, error) {
	py, err := Python(ctx, "moto")
	if err != nil {
		return nil, err
	}
	for range 3 {
		var m *Moto
		if m, err = startMoto(ctx, py); !errors.Is(err, errPort) {
			return m, err
		}
	}
	return nil, fmt.Errorf("start moto: %w", err)
}

func startMoto(ctx context.Context, py string) (*Moto, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().(*net.TCPAddr)
	l.Close()
	m := &Moto{URL: "http://" + addr.String(), ended: make(chan error, 1)}
	m.cmd = exec.Command(py, "-m", "moto.server", "-H", "127.0.0.1", "-p", fmt.Sprint(addr.Port))
	m.cmd.Stderr = &m.log
	m.cmd.WaitDelay = time.Second
	if err := m.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start moto: %w", err)
	}
	go func() { m.ended <- m.cmd.Wait() }()
	if err := m.await(ctx); err != nil {
		m.Stop()
		return nil, err
	}
	return m, nil
}

// await asks until moto answers.
func (m *Moto) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if res, err := http.Get(m.URL + "/moto-api/data.json"); err == nil {
			res.Body.Close()
			return nil
		}
		select {
		case <-tick.C:
		case err := <-m.ended:
			m.ended <- err
			return errPort
		case <-ctx.Done():
			return fmt.Errorf("wait for moto: %w", ctx.Err())
		}
	}
}

// Stop ends moto, and forgets what it held.
func (m *Moto) Stop() {
	_ = m.cmd.Process.Kill() // it may have ended by itself
	<-m.ended
}

// Calls is how many calls of AWS's services moto has answered.
func (m *Moto) Calls() int {
	m.log.mu.Lock()
	defer m.log.mu.Unlock()
	return m.log.calls
}

// requestLog counts the lines of a server's log that are calls.
type requestLog struct {
	mu    sync.Mutex
	rest  []byte
	calls int
}

// Write takes a piece of the log.
func (l *requestLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, b...)
	for {
		line, rest, whole := bytes.Cut(l.rest, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		if bytes.Contains(line, []byte(" HTTP/1.")) && !bytes.Contains(line, []byte(" /moto-api/")) {
			l.calls++
		}
		l.rest = rest
	}
}
