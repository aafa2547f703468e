package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// Programs that are not this one, as servers and as clients. They find the
// stage's folder as their working directory.

// start runs a server until the servers are stopped. It must stay in the
// foreground and end on SIGTERM. It gets a process group of its own, so that
// what it starts itself ends with it in any case.
func (st *stage) start(program string, arguments ...string) (*exec.Cmd, error) {
	command := exec.CommandContext(st.ctx, program, arguments...)
	command.Dir = st.folder
	command.Env = st.environment()
	log, err := os.Create(st.path(program + ".output"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return nil, err
	}
	st.processes = append(st.processes, command)
	st.onStop(func() error {
		command.Process.Signal(syscall.SIGTERM) // fails if it ended by itself
		command.Wait()
		return nil
	})
	return command, nil
}

// startAt starts a server and waits until it listens at address. What the
// program said is part of the error if it does not.
func (st *stage) startAt(address, program string, arguments ...string) (*exec.Cmd, error) {
	command, err := st.start(program, arguments...)
	if err != nil {
		return nil, err
	}
	if err := st.waitForServer(address); err != nil {
		output, _ := os.ReadFile(st.path(program + ".output"))
		return nil, fmt.Errorf("%s: %w: %s", program, err, output)
	}
	return command, nil
}

// run runs a client to its end and returns its standard output.
func (st *stage) run(program string, arguments ...string) ([]byte, error) {
	command := exec.CommandContext(st.ctx, program, arguments...)
	command.Dir = st.folder
	command.Env = st.environment()
	var complaints strings.Builder
	command.Stderr = &complaints
	output, err := command.Output()
	if err != nil {
		return output, fmt.Errorf("%s: %w: %s", program, err, complaints.String())
	}
	return output, nil
}

// said enters the version of a program into the truth: the first line that it
// prints, whichever way, up to what it was built with or where it lives.
func (st *stage) said(program string, arguments ...string) error {
	output, err := exec.CommandContext(st.ctx, program, arguments...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w", program, err)
	}
	line := firstLine(output)
	for _, rest := range []string{" (", " - ", " built on "} {
		line, _, _ = strings.Cut(line, rest)
	}
	for _, known := range st.truth.Programs {
		if known == line {
			return nil
		}
	}
	st.truth.Programs = append(st.truth.Programs, line)
	return nil
}

func firstLine(output []byte) string {
	line, _, _ := strings.Cut(string(output), "\n")
	return line
}
