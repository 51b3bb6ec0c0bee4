package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/payer-reconciler/reconciler/awssim"
)

// process is a program that runs beside the bench.
type process struct {
	cmd  *exec.Cmd
	log  string // the file of its standard error
	gone chan struct{}
}

// begin starts a program; what it says goes to a file.
func (b *bench) begin(name string, env []string, args ...string) (*process, error) {
	p := &process{cmd: exec.CommandContext(b.ctx, args[0], args[1:]...), log: filepath.Join(b.dir, name+".log"), gone: make(chan struct{})}
	out, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p.cmd.Env, p.cmd.Stderr = env, out
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = p.cmd.Wait() // whoever needs it still sees that it is gone
		close(p.gone)
	}()
	return p, nil
}

// end stops the program and waits until it has ended.
func (p *process) end() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.gone:
	case <-time.After(20 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.gone
	}
}

// says waits until the program has said something, and gives its first group.
func (p *process) says(pattern *regexp.Regexp) (found string, err error) {
	err = p.until(20*time.Second, "say where it listens", func() (bool, error) {
		text, err := os.ReadFile(p.log)
		if m := pattern.FindSubmatch(text); m != nil {
			found = string(m[1])
		}
		return found != "", err
	})
	return found, err
}

// until waits for what the program is to do.
func (p *process) until(limit time.Duration, what string, done func() (bool, error)) error {
	deadline := time.Now().Add(limit)
	for {
		ok, err := done()
		if ok || err != nil {
			return err
		}
		select {
		case <-p.gone:
			text, _ := os.ReadFile(p.log)
			return fmt.Errorf("%s has ended and did not %s:\n%s", p.cmd.Path, what, last(text, 2000))
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(p.log)
			return fmt.Errorf("%s did not %s within %s:\n%s", p.cmd.Path, what, limit, last(text, 2000))
		}
	}
}

func last(b []byte, n int) []byte { return b[max(0, len(b)-n):] }

// memory is a figure of /proc/PID/status in MB: VmRSS is what is resident now,
// VmHWM the most that was.
func (p *process) memory(key string) (float64, error) {
	return statusMB(strconv.Itoa(p.cmd.Process.Pid), key)
}

// cpu is the time that a process has used a processor for, in user and in
// system mode: fields 14 and 15 of /proc/PID/stat, in hundredths of a second.
func (p *process) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]) // from field 3 on
	user, err1 := strconv.Atoi(string(fields[11]))
	system, err2 := strconv.Atoi(string(fields[12]))
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err1, err2)
}

// statusMB reads a figure of /proc/PID/status; 0 where it has none.
func statusMB(pid, key string) (float64, error) {
	status, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return 0, err
	}
	for line := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(line, []byte(key+":")); ok {
			kb, err := strconv.Atoi(string(bytes.Fields(rest)[0]))
			return float64(kb) / 1024, err
		}
	}
	return 0, nil
}

// simulator is the simulated AWS in a process of its own.
type simulator struct {
	*process
	url string
}

var simulatorSays = regexp.MustCompile(`simulated AWS on (http://[0-9.:]+),`)

func (b *bench) simulate(program, state string) (*simulator, error) {
	p, err := b.begin("simulator", os.Environ(), program, "sandbox", "--listen", "127.0.0.1:0", "--sandbox-state", state)
	if err != nil {
		return nil, err
	}
	s := &simulator{process: p}
	if s.url, err = p.says(simulatorSays); err != nil {
		p.end()
		return nil, err
	}
	return s, nil
}

// control asks the control port.
func (s *simulator) control(method, what string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(method, s.url+"/_sim/"+what, bytes.NewReader(body))
	if err != nil {
		return err
	}
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err == nil && reply.StatusCode != http.StatusOK {
		err = fmt.Errorf("control port, %s: %s", what, strings.TrimSpace(string(text)))
	}
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(text, out)
}

// counted gives how many calls came since the last time, and how many of each
// operation.
func (s *simulator) counted() (n int, by map[string]int, err error) {
	var calls []awssim.Call
	if err = s.control("GET", "calls", nil, &calls); err == nil {
		err = s.control("POST", "calls/reset", nil, nil)
	}
	by = map[string]int{}
	for _, c := range calls {
		by[c.Operation]++
	}
	return len(calls), by, err
}
