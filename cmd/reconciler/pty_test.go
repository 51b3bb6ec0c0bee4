package main

import "syscall"

// onTerminal lets a process have its standard input as its terminal, so that
// Ctrl-C typed there is a signal.
func onTerminal() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: true}
}
