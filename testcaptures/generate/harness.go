package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// The arguments by which the program starts itself again.
const (
	roleServer = "run-server"
	roleClient = "run-client"
)

const (
	// scenarioLimit is longer than any scenario takes.
	scenarioLimit = 90 * time.Second
	// settle is the time for the last packets after the client's exit.
	settle = 300 * time.Millisecond
)

// record runs one scenario. The order of the steps is what makes the capture
// tell the whole story and no more: tcpdump runs before the client starts, and
// ends before the server does.
func record(ctx context.Context, s scenario, dir string) (*truth, error) {
	ctx, cancel := context.WithTimeout(ctx, scenarioLimit)
	defer cancel()

	temporary, err := os.MkdirTemp("", "generate")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temporary)

	server, err := startServerOnFreshPort(ctx, s.name)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	defer end(server.command)
	capture, err := startCapture(ctx, filepath.Join(temporary, "capture.pcap"), server.port, s.snap)
	if err != nil {
		return nil, fmt.Errorf("tcpdump: %w", err)
	}
	defer end(capture.command)
	requests, err := runClient(ctx, s.name, server.addresses)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	time.Sleep(settle)
	waiting, err := countTimeWait(server.port)
	if err != nil {
		return nil, err
	}
	if err := capture.stop(); err != nil {
		return nil, fmt.Errorf("tcpdump: %w", err)
	}
	connections, err := server.stop()
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}

	syns, err := countSYNs(capture.path)
	if err != nil {
		return nil, err
	}
	if err := s.want.check(requests, syns); err != nil {
		return nil, err
	}
	t := &truth{
		Scenario:          s.name,
		Go:                runtime.Version(),
		Servers:           server.addresses,
		ClientIP:          "127.0.0.1",
		Requests:          requests,
		ServerConnections: connections,
		TimeWait:          waiting,
	}
	if err := toPcapng(ctx, capture.path, filepath.Join(dir, s.name+".pcapng")); err != nil {
		return nil, err
	}
	return t, t.write(filepath.Join(dir, s.name+".truth.json"))
}

// serverProcess is the server half of a scenario, seen from the harness. It
// says its addresses first and its connections last, and runs until its
// standard input is closed.
type serverProcess struct {
	command   *exec.Cmd
	input     io.Closer
	output    *json.Decoder
	addresses []string
	port      string
}

// startServerOnFreshPort starts the server until it has a port that nothing in
// TIME_WAIT, from either side of earlier scenarios, would be confused with.
func startServerOnFreshPort(ctx context.Context, name string) (*serverProcess, error) {
	for {
		p, err := startServer(ctx, name)
		if err != nil {
			return nil, err
		}
		left, err := countTimeWait(p.port)
		if err == nil && left == (timeWait{}) {
			return p, nil
		}
		end(p.command)
		if err != nil {
			return nil, err
		}
	}
}

func startServer(ctx context.Context, name string) (*serverProcess, error) {
	command, err := ownCommand(ctx, roleServer, name)
	if err != nil {
		return nil, err
	}
	input, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	p := &serverProcess{command: command, input: input, output: json.NewDecoder(output)}
	if err := p.output.Decode(&p.addresses); err != nil {
		return nil, err
	}
	_, p.port, err = net.SplitHostPort(p.addresses[0])
	return p, err
}

func (p *serverProcess) stop() ([]*serverConnection, error) {
	p.input.Close()
	var connections []*serverConnection
	if err := p.output.Decode(&connections); err != nil {
		return nil, err
	}
	return connections, p.command.Wait()
}

func runClient(ctx context.Context, name string, addresses []string) ([]*request, error) {
	command, err := ownCommand(ctx, roleClient, append([]string{name}, addresses...)...)
	if err != nil {
		return nil, err
	}
	output, err := command.Output()
	if err != nil {
		return nil, err
	}
	var requests []*request
	err = json.Unmarshal(output, &requests)
	return requests, err
}

func ownCommand(ctx context.Context, role string, arguments ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, self, append([]string{role}, arguments...)...)
	command.Stderr = os.Stderr
	return command, nil
}

// end makes sure that a process started here is gone, however record ended.
func end(command *exec.Cmd) {
	command.Process.Kill() // fails if it is gone already, as it should be
	command.Wait()
}
