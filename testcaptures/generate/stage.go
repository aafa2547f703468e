package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"http-reuse.example/httpreuse/httpreusetrace"
)

// A stage is where one scenario is played: a temporary folder, the servers'
// processes, and the ports that are captured. It ends what it started, and
// nothing else.
type stage struct {
	ctx      context.Context
	scenario scenario
	folder   string
	ports    []string
	truth    *truth

	network      *network // nil for this machine's
	wantedFilter string   // instead of one made of ports

	processes []*exec.Cmd
	stops     []func() error
	clears    []func()
}

// serverStart is how long a server may take until it listens.
const serverStart = 10 * time.Second

// The environment by which the scenario's processes find the stage.
const (
	folderVariable = "GENERATE_FOLDER"
	keyLogVariable = "SSLKEYLOGFILE" // what curl and others look for
)

func newStage(ctx context.Context, s scenario) (*stage, error) {
	for _, program := range s.needs {
		if !isThere(program) {
			return nil, fmt.Errorf("needs %s, which is not there", program)
		}
	}
	folder, err := os.MkdirTemp("", "generate")
	if err != nil {
		return nil, err
	}
	st := &stage{ctx: ctx, scenario: s, folder: folder, truth: newTruth(s)}
	if err := writeCertificates(folder); err != nil {
		st.clear()
		return nil, err
	}
	return st, nil
}

func isThere(program string) bool {
	switch program {
	case needsTrixie:
		_, err := os.Stat(filepath.Join(os.Getenv(trixieVariable), "usr/bin/curl"))
		return err == nil && os.Getenv(trixieVariable) != ""
	case needsPythonH2:
		return exec.Command(systemPython, "-c", "import h2").Run() == nil
	case needsRequests:
		return exec.Command(systemPython, "-c", "import requests").Run() == nil
	}
	_, err := exec.LookPath(program)
	return err == nil
}

// path returns the path of a file in the stage's folder.
func (st *stage) path(name string) string { return filepath.Join(st.folder, name) }

// read returns what is in one of them.
func (st *stage) read(name string) ([]byte, error) { return os.ReadFile(st.path(name)) }

// keyLog is where clients log the secrets of their TLS connections.
func (st *stage) keyLog() string { return st.path("keys.log") }

// trace is where a client writes down its calls.
func (st *stage) trace() string { return st.path("trace.ndjson") }

// environment has the stage's folder as the home, too, so that nobody finds a
// configuration of the user's, or leaves one there.
func (st *stage) environment() []string {
	environment := append(os.Environ(), folderVariable+"="+st.folder, keyLogVariable+"="+st.keyLog(), "HOME="+st.folder)
	if st.scenario.traced {
		environment = append(environment, httpreusetrace.Variable+"="+st.trace())
	}
	return environment
}

// captured adds the port of address to those that tcpdump listens to.
func (st *stage) captured(address string) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		panic(err)
	}
	for _, known := range st.ports {
		if known == port {
			return
		}
	}
	st.ports = append(st.ports, port)
}

// sockets are the folders with the kernel's lists of sockets: those of all
// networks in which processes of the stage run.
func (st *stage) sockets() []string {
	if st.network == nil {
		return []string{ownSockets}
	}
	// The server was started first, tcpdump in the client's network second.
	processes := []*exec.Cmd{st.processes[0], st.processes[1]}
	if st.network.hasRouter {
		processes[1] = st.network.stays
	}
	var folders []string
	for _, process := range processes {
		folders = append(folders, fmt.Sprintf("/proc/%d/net", process.Process.Pid))
	}
	return folders
}

// filter lets TCP and UDP of the captured ports pass.
func (st *stage) filter() string {
	if st.wantedFilter != "" {
		return st.wantedFilter
	}
	return "port " + strings.Join(st.ports, " or port ")
}

// onStop adds a step of stopServers.
func (st *stage) onStop(step func() error) { st.stops = append(st.stops, step) }

// onClear adds a step of clear.
func (st *stage) onClear(step func()) { st.clears = append(st.clears, step) }

// stopServers ends the servers, the last one started first, and collects what
// they said.
func (st *stage) stopServers() error {
	for i := len(st.stops) - 1; i >= 0; i-- {
		if err := st.stops[i](); err != nil {
			return err
		}
	}
	return nil
}

// clear leaves nothing behind, however the scenario ended.
func (st *stage) clear() {
	for _, process := range st.processes {
		end(process)
	}
	for _, step := range st.clears {
		step()
	}
	os.RemoveAll(st.folder)
}

// end makes sure that a process started here is gone, and the group that it
// leads, if it does. The signals fail if they are gone already, as they should
// be.
func end(command *exec.Cmd) {
	if command.SysProcAttr != nil && command.SysProcAttr.Setpgid && command.ProcessState == nil {
		syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	}
	command.Process.Kill()
	command.Wait()
}

// freeAddress returns an address of 127.0.0.1 whose port nobody has, not even
// in TIME_WAIT from an earlier scenario.
func freeAddress() (string, error) {
	for {
		listener, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		address := listener.Addr().String()
		listener.Close()
		if fresh, err := hasFreshPort(address); fresh || err != nil {
			return address, err
		}
	}
}

// httpPorts are some of those on which Wireshark expects HTTP without being
// told. Elsewhere it does not recognise HTTP/2 with prior knowledge.
var httpPorts = []string{"8080", "8088", "3128", "3132", "11371", "5985"}

// freeHTTPAddress is freeAddress with one of httpPorts.
func freeHTTPAddress() (string, error) {
	for _, port := range httpPorts {
		address := "127.0.0.1:" + port
		listener, err := net.Listen("tcp4", address)
		if err != nil {
			continue
		}
		listener.Close()
		if fresh, err := hasFreshPort(address); fresh || err != nil {
			return address, err
		}
	}
	return "", errors.New("no port for HTTP is free; TIME_WAIT lasts a minute")
}

func hasFreshPort(address string) (bool, error) {
	_, port, _ := net.SplitHostPort(address)
	left, err := countTimeWait([]string{ownSockets}, port)
	return left == (timeWait{}), err
}

// waitForServer returns when somebody listens at address. It asks the kernel,
// because a trial connection would be the server's first.
func (st *stage) waitForServer(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	for start := time.Now(); time.Since(start) < serverStart; {
		if listens, err := isListening(port); listens || err != nil {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("nobody listens at %s", address)
}
