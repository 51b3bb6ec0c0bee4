package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"syscall"
)

// watch begins to look at this process; the returned function ends that and
// gives the peak of its resident memory since, in MB.
func (b *bench) watch(name string) (stop func() (float64, error), err error) {
	var cpu *os.File
	if b.profiles != "" {
		if cpu, err = os.Create(filepath.Join(b.profiles, name+".cpu")); err != nil {
			return nil, err
		}
		if err := pprof.StartCPUProfile(cpu); err != nil {
			return nil, err
		}
	}
	// 5 sets the peak back to what is resident now. Where the system cannot,
	// the peak is that of the whole process.
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
	return func() (float64, error) {
		mb := peak()
		if cpu != nil {
			pprof.StopCPUProfile()
			return mb, errors.Join(cpu.Close(), b.heap(name))
		}
		return mb, nil
	}, nil
}

func (b *bench) heap(name string) error {
	f, err := os.Create(filepath.Join(b.profiles, name+".heap"))
	if err != nil {
		return err
	}
	runtime.GC()
	return errors.Join(pprof.WriteHeapProfile(f), f.Close())
}

// peak is the most resident memory of this process, in MB.
func peak() float64 {
	if mb, err := statusMB("self", "VmHWM"); err == nil && mb > 0 {
		return mb
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(fmt.Sprint("bench: this system does not tell its memory: ", err))
	}
	return float64(u.Maxrss) / 1024
}

// maxRSS is the most resident memory of a process that ended, in kB.
func maxRSS(p *os.ProcessState) int64 {
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss
	}
	return 0
}
