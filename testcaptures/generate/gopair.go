package main

import (
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
)

// The arguments by which the program starts itself again.
const (
	roleServer = "run-server"
	roleClient = "run-client"
)

// goPair is the stage of most scenarios: this program is the server and, in
// another process, the client.
func goPair(st *stage) (func() error, error) {
	addresses, err := st.startGoServer()
	if err != nil {
		return nil, err
	}
	st.enterServers(addresses)
	return func() error { return st.runGoClient(addresses...) }, nil
}

// besideGo is the stage of a client that is no Go program, or not this one,
// with this program as its server.
func besideGo(play func(st *stage, addresses []string) error) func(*stage) (func() error, error) {
	return func(st *stage) (func() error, error) {
		addresses, err := st.startGoServer()
		if err != nil {
			return nil, err
		}
		st.enterServers(addresses)
		return func() error { return play(st, addresses) }, nil
	}
}

// startGoServer starts the scenario's server half and returns where it listens.
func (st *stage) startGoServer() ([]string, error) {
	p, err := startServerOnFreshPorts(st)
	if err != nil {
		return nil, err
	}
	st.processes = append(st.processes, p.command)
	st.onStop(func() error {
		said, err := p.stop()
		st.enterConnections(said.Connections)
		st.truth.ServerLog = append(st.truth.ServerLog, said.Log...)
		st.truth.Requests = append(st.truth.Requests, said.Requests...)
		return err
	})
	return p.addresses, nil
}

// enterServers enters those of the server half's addresses that are not hidden.
func (st *stage) enterServers(addresses []string) {
	for _, address := range addresses[st.scenario.hidden:] {
		st.captured(address)
		st.truth.Servers = append(st.truth.Servers, address)
	}
}

// enterConnections enters the connections of the servers that are captured.
func (st *stage) enterConnections(connections []*serverConnection) {
	captured := map[string]bool{}
	for _, address := range st.truth.Servers {
		captured[address] = true
	}
	for _, connection := range connections {
		if !captured[connection.Server] {
			continue
		}
		if len(captured) == 1 {
			connection.Server = ""
		}
		st.truth.ServerConnections = append(st.truth.ServerConnections, connection)
	}
}

// runGoClient runs the scenario's client half until its exit.
func (st *stage) runGoClient(addresses ...string) error {
	said, err := st.askGoClient(addresses...)
	st.enterReport(said)
	return err
}

// askGoClient runs the client half and returns what it said.
func (st *stage) askGoClient(addresses ...string) (clientReport, error) {
	var said clientReport
	command, err := st.own(roleClient, addresses...)
	if err != nil {
		return said, err
	}
	output, err := command.Output()
	if err != nil {
		return said, err
	}
	return said, json.Unmarshal(output, &said)
}

func (st *stage) enterReport(said clientReport) {
	st.truth.Requests = append(st.truth.Requests, said.Requests...)
	st.truth.Handshakes = append(st.truth.Handshakes, said.Handshakes...)
}

func (st *stage) own(role string, arguments ...string) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	arguments = inNamespace(st.namespaceOf(role), append([]string{self, role, st.scenario.name}, arguments...)...)
	command := exec.CommandContext(st.ctx, arguments[0], arguments[1:]...)
	command.Stderr = os.Stderr
	command.Env = st.environment()
	return command, nil
}

// serverProcess is the server half of a scenario, seen from the harness. It
// says its addresses first and its connections last, and runs until its
// standard input is closed.
type serverProcess struct {
	command   *exec.Cmd
	input     io.Closer
	output    *json.Decoder
	addresses []string
}

// startServerOnFreshPorts starts the server until it has ports that nothing in
// TIME_WAIT, from either side of earlier scenarios, would be confused with.
func startServerOnFreshPorts(st *stage) (*serverProcess, error) {
	for {
		p, err := startServer(st)
		if err != nil {
			return nil, err
		}
		left, err := p.timeWaitOfPorts()
		if err == nil && left == (timeWait{}) {
			return p, nil
		}
		end(p.command)
		if err != nil {
			return nil, err
		}
	}
}

func startServer(st *stage) (*serverProcess, error) {
	command, err := st.own(roleServer)
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
		end(command)
		return nil, err
	}
	return p, nil
}

func (p *serverProcess) timeWaitOfPorts() (timeWait, error) {
	var ports []string
	for _, address := range p.addresses {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return timeWait{}, err
		}
		ports = append(ports, port)
	}
	return countTimeWait([]string{ownSockets}, ports...)
}

func (p *serverProcess) stop() (serverReport, error) {
	p.input.Close()
	var said serverReport
	if err := p.output.Decode(&said); err != nil {
		return said, err
	}
	return said, p.command.Wait()
}
