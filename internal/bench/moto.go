package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/payer-reconciler/reconciler/internal/tools"
)

// moto plans one organization with the tool and with Terraform, on moto, in
// turn, each three times.
func (b *bench) moto() error {
	b.title(fmt.Sprintf("plan without changes on moto: %d accounts in %d units, %d SCPs, no tags (median of 3)",
		small.accounts, small.units, small.policies))
	ours, theirs, stop, err := b.both()
	var missing *tools.Missing
	if errors.As(err, &missing) {
		fmt.Println(" ", missing)
		return nil
	}
	if err != nil {
		return err
	}
	defer stop()
	var us, them contest
	for range 3 {
		if err := us.run(ours); err != nil {
			return err
		}
		if err := them.run(theirs); err != nil {
			return err
		}
	}
	b.count("reconciler plan, AWS calls", us.calls, 45)
	b.note("terraform plan, AWS calls", float64(them.calls), "calls")
	b.note("reconciler plan, start to end", median(us.times).Seconds(), "s")
	b.note("terraform plan, start to end", median(them.times).Seconds(), "s")
	b.row("time of reconciler plan by terraform plan", median(us.times).Seconds()/median(them.times).Seconds(), 0.1, "times")
	return nil
}

// contest is what the runs of one program took.
type contest struct {
	times []time.Duration
	calls int
}

func (c *contest) run(plan func() (calls int, err error)) error {
	begun := time.Now()
	n, err := plan()
	c.times, c.calls = append(c.times, time.Since(begun)), max(c.calls, n)
	return err
}

// both makes the organization, and gives the two plans of it. A plan that
// finds a change is an error.
func (b *bench) both() (ours, theirs func() (int, error), stop func(), err error) {
	tf, err := tools.FindTerraform()
	if err != nil {
		return nil, nil, nil, err
	}
	m, err := tools.StartMoto(b.ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	defer func() {
		if err != nil {
			m.Stop()
		}
	}()
	program, err := b.build()
	if err != nil {
		return nil, nil, nil, err
	}
	repo, err := small.repo(b.dir)
	if err != nil {
		return nil, nil, nil, err
	}
	env := tools.Environment(m.URL, "test", "test")
	reconciler := func(args ...string) error {
		cmd := exec.CommandContext(b.ctx, program, append(args, repo)...)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("reconciler %s: %w\n%s", args[0], err, out)
		}
		return nil
	}
	if err := reconciler("apply", "--auto-approve"); err != nil {
		return nil, nil, nil, err
	}
	w, err := b.takeOver(tf, m.URL, env)
	if err != nil {
		return nil, nil, nil, err
	}
	counted := func(plan func() error) func() (int, error) {
		return func() (int, error) {
			before := m.Calls()
			err := plan()
			return m.Calls() - before, err
		}
	}
	ours = counted(func() error { return reconciler("plan", "--detailed-exitcode") })
	theirs = counted(func() error {
		_, err := w.Run(b.ctx, "plan", "-detailed-exitcode", "-input=false")
		return err
	})
	return ours, theirs, m.Stop, nil
}

// takeOver gives Terraform a state of everything in the organization.
func (b *bench) takeOver(tf *tools.Terraform, url string, env []string) (*tools.Workspace, error) {
	config, err := tools.Stack(b.ctx, organizations.New(organizations.Options{
		BaseEndpoint: aws.String(url), Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}))
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(b.dir, "terraform")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	w, err := tf.Workspace(b.ctx, dir, config, env)
	if err != nil {
		return nil, err
	}
	_, err = w.Run(b.ctx, "apply", "-auto-approve", "-input=false")
	return w, err
}
