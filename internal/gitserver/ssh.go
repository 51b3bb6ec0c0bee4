package gitserver

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// SSHServer is OpenSSH's sshd on a loopback port, for the user who runs the
// tests.
type SSHServer struct {
	KeyFile        string // a private key that is let in
	KnownHostsFile string // with the key of this server

	t       testing.TB
	program string
	dir     string
	user    string
	port    int
	process *exec.Cmd
	log     *bytes.Buffer
}

// SSH starts sshd. It reads nothing of the machine's own settings.
func SSH(t testing.TB) *SSHServer {
	t.Helper()
	Need(t, "git")
	s := &SSHServer{t: t, program: sshd(t), user: account(t), dir: t.TempDir()}
	host := s.key("host_key")
	client := s.key("id_ed25519")
	s.KeyFile, s.KnownHostsFile = filepath.Join(s.dir, "id_ed25519"), filepath.Join(s.dir, "known_hosts")
	s.write("authorized_keys", ssh.MarshalAuthorizedKey(client))
	for try := 0; ; try++ {
		s.port = freePort(t)
		if err := s.start(); err == nil {
			break
		} else if try == 5 {
			t.Fatal(err)
		}
	}
	s.write("known_hosts", fmt.Appendf(nil, "[127.0.0.1]:%d %s", s.port, ssh.MarshalAuthorizedKey(host)))
	t.Cleanup(s.Down)
	return s
}

// URL is that of a repository, by its path on the disk.
func (s *SSHServer) URL(path string) string {
	return fmt.Sprintf("ssh://%s@127.0.0.1:%d%s", s.user, s.port, path)
}

// Down goes away, with the connections that it has.
func (s *SSHServer) Down() {
	if s.process != nil {
		_ = s.process.Process.Kill()
		_ = s.process.Wait()
		s.process = nil
	}
}

// Up comes back at the same address.
func (s *SSHServer) Up() {
	s.t.Helper()
	if err := s.start(); err != nil {
		s.t.Fatal(err)
	}
}

// sshd finds the program: it is rarely in the PATH of users.
func sshd(t testing.TB) string {
	t.Helper()
	for _, name := range []string{"sshd", "/usr/sbin/sshd", "/usr/local/sbin/sshd"} {
		if path, err := exec.LookPath(name); err == nil {
			if path, err = filepath.Abs(path); err == nil {
				return path
			}
		}
	}
	t.Skip("sshd is not installed")
	return ""
}

// account is who runs the tests. sshd lets nobody in who has no shell.
func account(t testing.TB) string {
	t.Helper()
	u, err := user.Current()
	if err != nil {
		t.Skipf("sshd needs an account: %v", err)
	}
	b, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return u.Username
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		f := strings.Split(line, ":")
		if len(f) == 7 && f[0] == u.Username && (strings.HasSuffix(f[6], "/nologin") || strings.HasSuffix(f[6], "/false")) {
			t.Skipf("sshd needs a shell, and account %s has none", u.Username)
		}
	}
	return u.Username
}

// key makes a key pair, writes the private one, and gives the public one.
func (s *SSHServer) key(name string) ssh.PublicKey {
	s.t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, name)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(name, pem.EncodeToMemory(block))
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		s.t.Fatal(err)
	}
	return key
}

func (s *SSHServer) write(name string, b []byte) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), b, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// config is sshd_config. It works for root and for an ordinary user, who can
// only let in himself.
func (s *SSHServer) config() string {
	return strings.Join([]string{
		fmt.Sprintf("ListenAddress 127.0.0.1:%d", s.port),
		"HostKey " + filepath.Join(s.dir, "host_key"),
		"AuthorizedKeysFile " + filepath.Join(s.dir, "authorized_keys"),
		"PidFile none", "UsePAM no", "StrictModes no", "PermitRootLogin prohibit-password",
		"PasswordAuthentication no", "KbdInteractiveAuthentication no", "AllowUsers " + s.user,
		"MaxStartups 100", "LogLevel VERBOSE", "PermitUserRC no",
		fmt.Sprintf("SetEnv PATH=%s GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 LC_ALL=C", os.Getenv("PATH")),
	}, "\n") + "\n"
}

// missing is how sshd, as root, asks for its folder, which is otherwise made
// when the machine starts.
var missing = regexp.MustCompile(`Missing privilege separation directory: (\S+)`)

// start starts sshd and waits until it greets.
func (s *SSHServer) start() error {
	s.write("sshd_config", []byte(s.config()))
	config := filepath.Join(s.dir, "sshd_config")
	out, err := exec.Command(s.program, "-t", "-f", config).CombinedOutput()
	if m := missing.FindSubmatch(out); m != nil {
		if err := os.MkdirAll(string(m[1]), 0o755); err != nil {
			return err
		}
		out, err = exec.Command(s.program, "-t", "-f", config).CombinedOutput()
	}
	if err != nil {
		return fmt.Errorf("sshd does not take its config: %w\n%s", err, out)
	}
	s.log = &bytes.Buffer{}
	s.process = exec.Command(s.program, "-D", "-e", "-f", config)
	s.process.Stderr = s.log
	s.process.WaitDelay = time.Second
	if err := s.process.Start(); err != nil {
		return err
	}
	address := fmt.Sprintf("127.0.0.1:%d", s.port)
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if greets(address) {
			return nil
		}
	}
	s.Down()
	return fmt.Errorf("sshd does not greet\n%s", s.log)
}

// greets is true where an SSH server answers within a short time.
func greets(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		time.Sleep(10 * time.Millisecond) // a real process is waited for
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	b := make([]byte, 4)
	n, _ := conn.Read(b)
	return string(b[:n]) == "SSH-"
}
