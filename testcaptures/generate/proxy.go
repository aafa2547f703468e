package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A small proxy: CONNECT makes a tunnel, other requests are passed on. Names
// in .example are those of this machine.

// serveProxy starts it as the last of the server half's listeners.
func (s *server) serveProxy() {
	p := &proxy{server: s, forward: transport(func(t *http.Transport) { t.DialContext = dialExample })}
	s.serveHTTP(p.handle)
}

type proxy struct {
	server  *server
	forward *http.Transport
}

func (p *proxy) handle(w http.ResponseWriter, r *http.Request) {
	p.server.log(map[string]any{"remote": r.RemoteAddr, "method": r.Method, "target": r.RequestURI})
	if r.Method == http.MethodConnect {
		p.connect(w, r)
		return
	}
	r.Header.Del("Proxy-Connection")
	answer, err := p.forward.RoundTrip(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	for name, values := range answer.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.StatusCode)
	io.Copy(w, answer.Body) // an error means that the client went away
}

func (p *proxy) connect(w http.ResponseWriter, r *http.Request) {
	target, err := dialExample(r.Context(), "tcp4", r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer target.Close()
	conn, buffered, err := w.(http.Hijacker).Hijack()
	exitOn(err)
	defer conn.Close()
	conn.SetDeadline(time.Time{})
	buffered.WriteString("HTTP/1.1 200 Connection established\r\n\r\n")
	buffered.Flush()

	// What one side ends, the other hears of.
	done := make(chan struct{})
	go func() {
		io.Copy(target, buffered)
		target.(*net.TCPConn).CloseWrite()
		close(done)
	}()
	io.Copy(conn, target)
	conn.(*bookedConn).CloseWrite()
	<-done
}

// log adds a line to the truth's "server_log".
func (s *server) log(line map[string]any) {
	text, err := json.Marshal(line)
	exitOn(err)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.lines = append(s.lines, text)
}

// useProxy makes the client call everything by way of its last server.
func (c *client) useProxy() {
	t := c.http.Transport.(*http.Transport)
	t.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: c.servers[len(c.servers)-1]})
}

// at is the address of path at a server by name.
func at(scheme, name, address, path string) string {
	_, port, _ := strings.Cut(address, ":")
	return scheme + "://" + name + ":" + port + path
}

// getURL is getAndDrain for any address.
func (c *client) getURL(address string) {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	exitOn(err)
	answer, err := c.do(r)
	exitOn(err)
	drain(answer)
}
