package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
)

// planner measures the planner alone.
func (b *bench) planner() error {
	b.title("the planner alone: 10,000 accounts, 50 units, 100 policies")
	got, err := b.goBench("./planner", "^BenchmarkDiff")
	if err != nil {
		return err
	}
	for _, m := range got {
		b.row(m.name, m.values["ns/op"]/1e6, 100, "ms")
	}
	return nil
}

// executor measures what the executor itself costs, with kinds that do nothing.
func (b *bench) executor() error {
	b.title("the executor alone: accounts in 50 units, kinds that take no time")
	got, err := b.goBench("./executor", "^BenchmarkRun")
	if err != nil {
		return err
	}
	for _, m := range got {
		b.note(m.name, m.values["ns/change"], "ns a change")
	}
	if n := len(got); n > 1 {
		// Linear is the same cost a change at every size; caches make some difference.
		b.row("cost a change, the largest to the smallest", got[n-1].values["ns/change"]/got[0].values["ns/change"], 2, "times")
	}
	return nil
}

// result is one line of go test -bench.
type result struct {
	name   string
	values map[string]float64 // by unit
}

var (
	resultLine = regexp.MustCompile(`(?m)^Benchmark(\w+?)(?:-\d+)?\s+\d+\s(.*)$`)
	value      = regexp.MustCompile(`([0-9.]+) (\S+)`)
)

// goBench runs the benchmarks of a package.
func (b *bench) goBench(pkg, pattern string) ([]result, error) {
	cmd := exec.CommandContext(b.ctx, "go", "test", "-run", "^$", "-bench", pattern, "-benchtime", "2s", pkg)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("benchmark %s: %w\n%s", pkg, err, out)
	}
	got := results(string(out))
	if len(got) == 0 {
		return nil, fmt.Errorf("benchmark %s: none is called %s", pkg, pattern)
	}
	return got, nil
}

func results(out string) (all []result) {
	for _, line := range resultLine.FindAllStringSubmatch(out, -1) {
		r := result{line[1], map[string]float64{}}
		for _, v := range value.FindAllStringSubmatch(line[2], -1) {
			f, err := strconv.ParseFloat(v[1], 64)
			if err == nil {
				r.values[v[2]] = f
			}
		}
		all = append(all, r)
	}
	return all
}
