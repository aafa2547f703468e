// Package httpreusetrace writes down, for each request of a program, which line of its code made it
// and on which connection it went: a JSON object a line. Beside a capture of the same traffic,
// `tshark -X http_reuse:trace=FILE` says with it which line of code lost a connection, and which
// requests ran inside of TLS that nobody can read.
//
//	client := &http.Client{Transport: httpreusetrace.Transport(http.DefaultTransport)}
//
// writes to the file that the environment variable HTTPREUSETRACE names, and costs nothing where it
// names none. Do not replace http.DefaultTransport itself: programs and libraries take for granted that
// it is an *http.Transport, and http.DefaultTransport.(*http.Transport).Clone() would panic. It needs the
// standard library only.
package httpreusetrace

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// Variable is the environment variable that names the file of Transport.
const Variable = "HTTPREUSETRACE"

// A Trace writes calls, a line each. Its methods may be used by several goroutines at once.
type Trace struct {
	mutex sync.Mutex
	out   io.Writer
	err   error
}

// New writes to w, a line with one Write, so that several programs may append to one file.
func New(w io.Writer) *Trace { return &Trace{out: w} }

// Create appends to the file of that name. Nothing is buffered, and nothing has to be closed.
func Create(name string) (*Trace, error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return New(file), nil
}

// Err is the first error of writing, after which nothing more is written. No request fails by it.
func (t *Trace) Err() error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return t.err
}

var (
	ofEnvironment     *Trace
	ofEnvironmentOnce sync.Once
)

// Transport has the requests of next (http.DefaultTransport where it is nil) written to the file that
// the environment names. Where it names none, next itself is returned.
func Transport(next http.RoundTripper) http.RoundTripper {
	ofEnvironmentOnce.Do(func() {
		if name := os.Getenv(Variable); name != "" {
			var err error
			if ofEnvironment, err = Create(name); err != nil {
				fmt.Fprintf(os.Stderr, "httpreusetrace: %s: %v\n", Variable, err)
			}
		}
	})
	if ofEnvironment == nil {
		if next == nil {
			return http.DefaultTransport
		}
		return next
	}
	return ofEnvironment.Transport(next)
}

// Transport has the requests of next (http.DefaultTransport where it is nil) written to t.
func (t *Trace) Transport(next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return &transport{trace: t, next: next}
}

type transport struct {
	trace *Trace
	next  http.RoundTripper
}

// RoundTrip is part of http.RoundTripper.
func (t *transport) RoundTrip(request *http.Request) (*http.Response, error) {
	call := newCall(request)
	answer, err := t.next.RoundTrip(request.WithContext(call.watch(request.Context())))
	if answer != nil {
		answer.Request = request
	}
	t.trace.write(call.end(answer, err))
	return answer, err
}

// CloseIdleConnections is what http.Client calls of a transport.
func (t *transport) CloseIdleConnections() {
	if closer, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}

// An attempt is one try of a call on one connection: net/http may repeat a request by itself.
type attempt struct {
	Time     stamp   `json:"time"`  // it got its connection
	Wrote    *stamp  `json:"wrote"` // the request was sent; null: not before the call was over
	End      stamp   `json:"end"`   // the header of the answer was there, or the call had failed
	Site     string  `json:"site"`  // file:line of the program's own code
	Function string  `json:"function"`
	Method   string  `json:"method"`
	Scheme   string  `json:"scheme"`
	Host     string  `json:"host"`
	Path     string  `json:"path"`   // without the query, which may hold secrets
	Local    *string `json:"local"`  // null: no connection was to be had, or a Unix socket
	Remote   *string `json:"remote"` // of a proxy, where there is one
	Reused   bool    `json:"reused"`
	WasIdle  bool    `json:"was_idle"`
	IdleMS   float64 `json:"idle_ms"`
	Status   *int    `json:"status"`
	Error    *string `json:"error"`
}

// write writes all attempts of a call.
func (t *Trace) write(attempts []*attempt) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, attempt := range attempts {
		if t.err != nil {
			return
		}
		line, err := json.Marshal(attempt)
		if err == nil {
			_, err = t.out.Write(append(line, '\n'))
		}
		t.err = err
	}
}

// A stamp is epoch seconds with nanoseconds, as in the records of http_reuse.
type stamp time.Time

// MarshalJSON writes "1764162728.123456789".
func (s stamp) MarshalJSON() ([]byte, error) {
	at := time.Time(s)
	return []byte(fmt.Sprintf(`"%d.%09d"`, at.Unix(), at.Nanosecond())), nil
}

// endpoint is an address as a capture has it: without the zone of IPv6. What is none of TCP or UDP, such
// as a Unix socket, is in no capture: nil.
func endpoint(address net.Addr) *string {
	var text string
	switch ip := address.(type) {
	case *net.TCPAddr:
		text = (&net.TCPAddr{IP: ip.IP, Port: ip.Port}).String()
	case *net.UDPAddr:
		text = (&net.UDPAddr{IP: ip.IP, Port: ip.Port}).String()
	default:
		return nil
	}
	return &text
}
