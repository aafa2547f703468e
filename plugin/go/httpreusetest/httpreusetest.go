// Package httpreusetest lets a test look at what its HTTP clients did on the wire: it captures the
// loopback traffic of a function and asks tshark with the plugin http_reuse about it.
//
//	func TestClient(t *testing.T) {
//		server := httptest.NewServer(handler)
//		defer server.Close()
//		result := httpreusetest.Capture(t, func() { useTheClient(server.URL) })
//		httpreusetest.Connections(t, result, 1)
//		httpreusetest.NoBodyUnread(t, result)
//	}
//
// Where the environment names a trace of calls (package httpreusetrace), what fails says which lines of
// code it was: HTTPREUSETRACE=/tmp/calls.ndjson go test ./...
//
// Where this machine cannot capture, the test is skipped and says why.
package httpreusetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"http-reuse.example/httpreuse"
	"http-reuse.example/httpreuse/httpreusetrace"
)

// patience is how long the capturing program may take to start, to end, and to be read.
const patience = 30 * time.Second

// Capture runs do and returns what the plugin says of the loopback traffic of that time; filter, if
// there is one, is a capture filter like "tcp port 8080". The connections that shall be seen to end
// have to be closed before do returns.
func Capture(t testing.TB, do func(), filter ...string) *httpreuse.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	defer cancel()
	if _, err := exec.LookPath(httpreuse.TShark); err != nil {
		t.Skipf("no capture: %v (install tshark, or name it with TSHARK=)", err)
	}
	running, err := start(ctx, filepath.Join(t.TempDir(), "run.pcap"), strings.Join(filter, " "))
	if err != nil {
		t.Skipf("no capture: %v", err)
	}
	func() {
		defer running.end()
		do()
		err = running.reach("end")
	}()
	if err != nil {
		t.Fatal(err)
	}
	result, err := httpreuse.Analyze(ctx, running.path, traceOptions()...)
	if errors.Is(err, httpreuse.ErrNoPlugin) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// traceOptions has tshark read the trace that the program under test wrote, if it did.
func traceOptions() []string {
	name := os.Getenv(httpreusetrace.Variable)
	if _, err := os.Stat(name); name == "" || err != nil {
		return nil
	}
	return []string{"-X", "http_reuse:trace=" + name}
}

// Connections fails the test unless exactly n connections carried requests.
func Connections(t testing.TB, result *httpreuse.Result, n int) {
	t.Helper()
	used := 0
	for _, connection := range result.Connections {
		if connection.Requests > 0 {
			used++
		}
	}
	if used != n {
		t.Errorf("%d connections carried requests, want %d:\n%s", used, n, Openings(result))
	}
}

// NoBodyUnread fails the test where connections were lost since answers were not read to their end.
func NoBodyUnread(t testing.TB, result *httpreuse.Result) {
	t.Helper()
	NoFinding(t, result, "body_undrained")
}

// NoFinding fails the test where there are findings of this code: it says what they mean and lists
// their places.
func NoFinding(t testing.TB, result *httpreuse.Result, code string) {
	t.Helper()
	var places strings.Builder
	for _, finding := range result.Findings {
		if finding.Code == code {
			fmt.Fprintf(&places, "\n  frame %d%s", finding.Frame, calledFrom(result, finding))
		}
	}
	if places.Len() > 0 {
		t.Errorf("%s: %s%s", code, result.Capture.FindingTexts[code], places.String())
	}
}

// calledFrom names the line of code that a finding is about, where a trace told of it: of its request,
// else of the last call on its connection.
func calledFrom(result *httpreuse.Result, finding *httpreuse.Finding) string {
	site := ""
	for _, call := range result.Calls {
		if finding.Connection == nil || call.Connection != *finding.Connection {
			continue
		}
		isRequest := call.RequestFrame != nil && finding.RequestFrame != nil &&
			*call.RequestFrame == *finding.RequestFrame
		if isRequest || finding.RequestFrame == nil {
			site = call.Site
		}
	}
	if site == "" {
		return ""
	}
	return " (called from " + site + ")"
}

// Openings lists the requests that opened a connection, and why.
func Openings(result *httpreuse.Result) string {
	var text strings.Builder
	for _, request := range result.Requests {
		if request.Status == "new" {
			fmt.Fprintf(&text, "  %s %s opened connection %d: %s", request.Method, request.Target,
				request.Connection, request.WhyNew)
			if request.CallSite != "" {
				fmt.Fprintf(&text, " (called from %s)", request.CallSite)
			}
			text.WriteByte('\n')
		}
	}
	return text.String()
}

// ---- the capture -------------------------------------------------------------------------------

// hint is what to do about a tcpdump that may not capture.
const hint = "to capture be root, or once: sudo setcap cap_net_raw+ep $(command -v tcpdump)"

// A capture is a tcpdump that runs. That a datagram of ours is in its file shows how far it is.
type capture struct {
	path    string
	command *exec.Cmd
	said    bytes.Buffer
	ended   chan error
	marker  *net.UDPConn
}

// start returns when the capture has begun.
func start(ctx context.Context, path, filter string) (*capture, error) {
	marker, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	if filter == "" {
		filter = "tcp"
	}
	device := "lo"
	if runtime.GOOS != "linux" {
		device = "lo0"
	}
	// -U and immediate mode: each packet is written at once; -B: a large buffer, so that none is lost.
	arguments := []string{"-i", device, "-s", "0", "-B", "65536", "--immediate-mode", "-U",
		"-w", path}
	if os.Geteuid() == 0 {
		arguments = append(arguments, "-Z", "root") // else it could not write here
	}
	c := &capture{path: path, ended: make(chan error, 1), marker: marker}
	port := marker.LocalAddr().(*net.UDPAddr).Port
	c.command = exec.CommandContext(ctx, "tcpdump",
		append(arguments, fmt.Sprintf("(%s) or udp port %d", filter, port))...)
	c.command.Stderr = &c.said
	if err := c.command.Start(); err != nil {
		marker.Close()
		return nil, err
	}
	go func() { c.ended <- c.command.Wait() }()
	if err := c.reach("begin"); err != nil {
		c.end()
		return nil, err
	}
	return c, nil
}

// reach returns when what was sent before is in the file.
func (c *capture) reach(moment string) error {
	words := []byte(fmt.Sprintf("httpreusetest %s %d", moment, time.Now().UnixNano()))
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if _, err := c.marker.WriteTo(words, c.marker.LocalAddr()); err != nil {
			return err
		}
		select {
		case err := <-c.ended:
			c.ended <- err
			return fmt.Errorf("tcpdump: %v: %s\n%s", err, strings.TrimSpace(c.said.String()), hint)
		case <-time.After(20 * time.Millisecond):
		}
		if data, err := os.ReadFile(c.path); err == nil && bytes.Contains(data, words) {
			return nil
		}
	}
	return fmt.Errorf("tcpdump does not write what it captures (%s)", moment)
}

// end stops tcpdump, whatever it says of that.
func (c *capture) end() {
	_ = c.command.Process.Signal(os.Interrupt)
	<-c.ended
	c.marker.Close()
}
