package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

// smallBody is the body size of most answers: it fits into one segment.
const smallBody = 300

// server is what a scenario's server half works with: it opens listeners and
// keeps the book of their connections.
type server struct {
	mutex       sync.Mutex
	addresses   []string
	connections []*serverConnection
	byRemote    map[string]*serverConnection
	lines       []json.RawMessage
	requests    []*request // only where the client does not say
}

// serverReport is what the server half says to the harness at its end.
type serverReport struct {
	Connections []*serverConnection
	Log         []json.RawMessage
	Requests    []*request
}

// serverMain runs a scenario's server until standard input ends.
func serverMain(name string) error {
	s := &server{byRemote: map[string]*serverConnection{}}
	scenarios[name].serve(s)
	if err := json.NewEncoder(os.Stdout).Encode(s.addresses); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return s.report()
}

// report says what the server saw. The connections still open were not closed
// by it: the capture has ended before.
func (s *server) report() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return json.NewEncoder(os.Stdout).Encode(serverReport{s.connections, s.lines, s.requests})
}

// exit ends the server process while the client runs; the kernel closes what
// is open.
func (s *server) exit() {
	s.mutex.Lock()
	for _, known := range s.byRemote {
		known.ClosedByServer = some(true)
	}
	s.mutex.Unlock()
	exitOn(s.report())
	os.Exit(0)
}

// listen opens a port. It never probes idle connections: in these captures
// only the client does.
func (s *server) listen(address string) net.Listener {
	config := net.ListenConfig{KeepAlive: -1}
	listener, err := config.Listen(context.Background(), "tcp", address)
	exitOn(err)
	s.addresses = append(s.addresses, listener.Addr().String())
	return &bookedListener{Listener: listener, server: s}
}

// serveHTTP serves handler with net/http on one free port. Each change sets
// what differs from the zero http.Server.
func (s *server) serveHTTP(handler http.HandlerFunc, changes ...func(*http.Server)) {
	s.serveHTTPOn(s.listen("127.0.0.1:0"), handler, changes...)
}

func (s *server) serveHTTPOn(l net.Listener, handler http.HandlerFunc, changes ...func(*http.Server)) {
	h := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.countRequest(r.RemoteAddr)
		handler(w, r)
	})}
	for _, change := range changes {
		change(h)
	}
	go func() {
		var err error
		if h.TLSConfig == nil {
			err = h.Serve(l)
		} else {
			err = h.ServeTLS(l, "", "")
		}
		if !errors.Is(err, http.ErrServerClosed) {
			exitOn(err)
		}
	}()
}

func (s *server) countRequest(remote string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.byRemote[remote].Requests++
}

// fixed answers every request with size bytes of known length.
func fixed(size int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { answer(w, size) }
}

func answer(w http.ResponseWriter, size int) {
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Content-Length", strconv.Itoa(size))
	w.Write(body(size)) // an error means that the client went away
}

// body returns size bytes of text.
func body(size int) []byte {
	text := make([]byte, size)
	for i := range text {
		text[i] = 'a' + byte(i%26)
	}
	return text
}

// bookedListener enters every accepted connection into the server's book.
type bookedListener struct {
	net.Listener
	server *server
}

func (l *bookedListener) Accept() (net.Conn, error) {
	accepted, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	s := l.server
	s.mutex.Lock()
	defer s.mutex.Unlock()
	known := &serverConnection{
		Remote:         accepted.RemoteAddr().String(),
		Server:         accepted.LocalAddr().String(),
		ClosedByServer: some(false),
	}
	s.connections = append(s.connections, known)
	s.byRemote[known.Remote] = known
	return &bookedConn{TCPConn: accepted.(*net.TCPConn), server: s, known: known}, nil
}

// bookedConn notices who ended the connection, as far as the server can tell:
// the client if a read or write said so before the server closed.
type bookedConn struct {
	*net.TCPConn
	server *server
	known  *serverConnection
	ended  bool
}

func (c *bookedConn) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	c.noticeEnd(err)
	return n, err
}

func (c *bookedConn) Write(p []byte) (int, error) {
	n, err := c.TCPConn.Write(p)
	c.noticeEnd(err)
	return n, err
}

// ReadFrom hides TCPConn's, which would write past Write.
func (c *bookedConn) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{c}, r)
}

func (c *bookedConn) CloseWrite() error {
	c.close()
	return c.TCPConn.CloseWrite()
}

func (c *bookedConn) Close() error {
	c.close()
	return c.TCPConn.Close()
}

func (c *bookedConn) noticeEnd(err error) {
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
	c.server.mutex.Lock()
	defer c.server.mutex.Unlock()
	c.ended = true
}

func (c *bookedConn) close() {
	c.server.mutex.Lock()
	defer c.server.mutex.Unlock()
	if !c.ended {
		c.ended = true
		c.known.ClosedByServer = some(true)
	}
}

// idleTimeout is a change for serveHTTP.
func idleTimeout(d time.Duration) func(*http.Server) {
	return func(h *http.Server) { h.IdleTimeout = d }
}
