package gitrepo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
)

// hostError is about the key of a host.
type hostError struct{ text string }

func (e *hostError) Error() string { return e.text }

// dialSSH runs the service at the other end of SSH.
func dialSSH(ctx context.Context, r *remote, service string) (session, error) {
	config, err := r.sshConfig()
	if err != nil {
		return nil, err
	}
	conn, err := (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext(ctx, "tcp", r.address())
	if err != nil {
		return nil, fmt.Errorf("reach %s: %w", r.shown, err)
	}
	// The context ends the handshake and all that follows.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	c, chans, reqs, err := ssh.NewClientConn(conn, r.address(), config)
	if err != nil {
		stop()
		_ = conn.Close()
		return nil, r.sshError(err)
	}
	client := ssh.NewClient(c, chans, reqs)
	p, err := r.sshPipe(client, service)
	if err != nil {
		stop()
		_ = client.Close()
		return nil, fmt.Errorf("talk to %s: %w", r.shown, err)
	}
	hangUp := p.end
	p.end = sync.OnceFunc(func() {
		hangUp()
		stop()
		_ = client.Close()
		_ = client.Wait()
	})
	return p, nil
}

// sshPipe starts the service and takes its streams.
func (r *remote) sshPipe(client *ssh.Client, service string) (*pipe, error) {
	s, err := client.NewSession()
	if err != nil {
		return nil, err
	}
	stderr := &some{}
	s.Stderr = stderr
	stdin, err := s.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := s.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.Start(service + " '" + quoted.Replace(r.path) + "'"); err != nil {
		return nil, err
	}
	end := func() {
		_ = stdin.Close()
		grace := time.AfterFunc(time.Second, func() { _ = client.Close() })
		_ = s.Wait()
		grace.Stop()
		_ = s.Close()
	}
	return &pipe{remote: r, stdin: stdin, stdout: bufio.NewReader(stdout), stderr: stderr, end: end}, nil
}

// quoted makes a path safe between single quotes of the shell at the other end.
var quoted = strings.NewReplacer(`'`, `'\''`, `!`, `'\!'`)

// sshConfig reads the key and the known hosts.
func (r *remote) sshConfig() (*ssh.ClientConfig, error) {
	key, err := os.ReadFile(r.keyFile)
	if err != nil {
		return nil, &AuthError{Remote: r.shown, Err: fmt.Errorf("read the SSH key: %w", err)}
	}
	signer, err := ssh.ParsePrivateKey(key)
	if _, locked := errors.AsType[*ssh.PassphraseMissingError](err); locked {
		return nil, &AuthError{Remote: r.shown, Err: fmt.Errorf("the SSH key %s has a passphrase: make one without", r.keyFile)}
	}
	if err != nil {
		return nil, &AuthError{Remote: r.shown, Err: fmt.Errorf("%s is not a private SSH key", r.keyFile)}
	}
	known, err := knownhosts.NewDB(r.knownHostsFile)
	if err != nil {
		return nil, &AuthError{Remote: r.shown, Err: fmt.Errorf("read the known hosts: %w", err)}
	}
	check := known.HostKeyCallback()
	return &ssh.ClientConfig{
		User:              r.user,
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(signer)},
		HostKeyAlgorithms: known.HostKeyAlgorithms(r.address()),
		HostKeyCallback: func(host string, addr net.Addr, key ssh.PublicKey) error {
			err := check(host, addr, key)
			is := fmt.Sprintf("%s %s", key.Type(), ssh.FingerprintSHA256(key))
			switch {
			case err == nil:
				return nil
			case knownhosts.IsHostKeyChanged(err):
				return &hostError{fmt.Sprintf("its host key is %s, which is not the one of %s: somebody may be in between; if the host has a new key, put it there", is, r.knownHostsFile)}
			case knownhosts.IsHostUnknown(err):
				return &hostError{fmt.Sprintf("its host key %s is not in %s: ask those who run it whether that is its key, then add it", is, r.knownHostsFile)}
			}
			return err
		},
	}, nil
}

// sshError sorts the errors of a handshake.
func (r *remote) sshError(err error) error {
	if host, ok := errors.AsType[*hostError](err); ok {
		return &AuthError{Remote: r.shown, Err: host}
	}
	if strings.Contains(err.Error(), "unable to authenticate") {
		return &AuthError{Remote: r.shown, Err: fmt.Errorf("it does not accept the key %s for user %s", r.keyFile, r.user)}
	}
	return fmt.Errorf("talk to %s: %w", r.shown, err)
}
