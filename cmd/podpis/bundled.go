// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build bundled && linux

package main

import (
	"context"
	_ "embed"
	"errors"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"podpis/cmd/podpis/terminal"
)

// whole is this program built without the tag: see the target build of the Makefile.
//
// The program that is shipped is small and holds the whole one as data. Tools for signatures, which scripts
// call thousands of times, do not pay for the start of a server (some 30 packages that prepare
// themselves: 3 ms of 5); and there is one file all the same. What the server does is done by the whole
// program, as the same process with the same arguments and environment.
//
//go:embed whole
var whole string

// house hands the commands of the server and of the authority over to the whole program.
func house() (serve, ca, admin terminal.Command) {
	run := func(context.Context, *terminal.Console, []string) error {
		return terminal.Failed("hand-over-failed", handOver(whole))
	}
	return terminal.Command{Name: "serve", Help: "serve-help", Run: run},
		terminal.Command{Name: "ca", Help: "ca-help", Run: run},
		terminal.Command{Name: "admin", Help: "admin-help", Run: run}
}

// handOver replaces this process by a program. It returns only when that failed.
func handOver(program string) error {
	return errors.Join(fromMemory(program), fromFile(program))
}

func fromMemory(program string) error {
	fd, err := unix.MemfdCreate("podpis", unix.MFD_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("memfd_create", err)
	}
	f := os.NewFile(uintptr(fd), "podpis")
	defer f.Close()
	if _, err := f.WriteString(program); err != nil {
		return err
	}
	return execute(f)
}

// fromFile is for systems that execute nothing from memory (vm.memfd_noexec). The name of the file is gone
// before it is executed: nobody exchanges it, and nothing is left behind.
func fromFile(program string) error {
	f, err := os.CreateTemp("", "podpis-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(program)
	err = errors.Join(err, f.Chmod(0o500), f.Close()) // a file that is open for writing is not executed
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	read, err := os.Open(f.Name())
	if err := errors.Join(err, os.Remove(f.Name())); err != nil {
		return err
	}
	defer read.Close()
	return execute(read)
}

func execute(f *os.File) error {
	path := "/proc/self/fd/" + strconv.Itoa(int(f.Fd()))
	return os.NewSyscallError("execve", syscall.Exec(path, os.Args, os.Environ())) //nolint:gosec // our own program
}
