package main

import (
	"context"
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// The two halves of a scenario over TLS.

var (
	onlyHTTP1 = []string{"http/1.1"}
	alsoHTTP2 = []string{"h2", "http/1.1"}
)

// serveTLS serves handler with exactly this version of TLS. The protocols are
// what the server agrees to in ALPN.
func (s *server) serveTLS(version uint16, protocols []string, handler http.HandlerFunc, changes ...func(*http.Server)) {
	s.serveTLSOn(s.listen("127.0.0.1:0"), version, protocols, handler, changes...)
}

func (s *server) serveTLSOn(l net.Listener, version uint16, protocols []string, handler http.HandlerFunc, changes ...func(*http.Server)) {
	config := &tls.Config{
		Certificates: []tls.Certificate{loadCertificate()},
		MinVersion:   version,
		MaxVersion:   version,
		NextProtos:   protocols,
	}
	config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		return s.noteHandshake(config, hello.Conn.(*bookedConn).known), nil
	}
	secure := func(h *http.Server) {
		h.TLSConfig = config
		h.ErrorLog = log.New(io.Discard, "", 0) // clients that go away are the point
		if len(protocols) == 1 {
			h.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){}
		}
	}
	s.serveHTTPOn(l, handler, append([]func(*http.Server){secure}, changes...)...)
}

// noteHandshake returns config for one connection, whose facts it enters into
// the book. crypto/tls goes on to use the ticket keys of config itself.
func (s *server) noteHandshake(config *tls.Config, known *serverConnection) *tls.Config {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	known.ClosedByServer = nil
	own := config.Clone()
	own.VerifyConnection = func(state tls.ConnectionState) error {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		known.TLS = factsOf(&state)
		return nil
	}
	return own
}

// speakTLS makes the client call https://a.example on its first server. Names
// that end in .example are those of 127.0.0.1. Apart from that, and from the
// log of its keys, the transport is net/http's default one.
func (c *client) speakTLS(changes ...func(*http.Transport)) {
	_, port, err := net.SplitHostPort(c.servers[0])
	exitOn(err)
	c.origin = "https://a.example:" + port
	c.http.Transport = transport(func(t *http.Transport) {
		t.DialContext = dialExample
		t.TLSClientConfig = &tls.Config{RootCAs: loadAuthority(), KeyLogWriter: openKeyLog()}
		for _, change := range changes {
			change(t)
		}
	})
}

func dialExample(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(host, ".example") {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	dialer := net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}
	return dialer.DialContext(ctx, network, address)
}

func openKeyLog() *os.File {
	log, err := os.OpenFile(os.Getenv(keyLogVariable), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	exitOn(err)
	return log
}

// cacheSessions is a change for speakTLS. net/http's default transport keeps
// no sessions.
func cacheSessions(t *http.Transport) {
	t.TLSClientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(0)
}

var versionNames = map[uint16]string{tls.VersionTLS12: "TLS 1.2", tls.VersionTLS13: "TLS 1.3"}

// factsOf returns nil for a connection without TLS.
func factsOf(state *tls.ConnectionState) *tlsFacts {
	if state == nil {
		return nil
	}
	return &tlsFacts{
		Version: versionNames[state.Version],
		ALPN:    state.NegotiatedProtocol,
		SNI:     state.ServerName,
		Resumed: state.DidResume,
	}
}

func newHandshake(n int, state tls.ConnectionState, err error) *handshake {
	if err != nil {
		return &handshake{N: n, Error: some(err.Error())}
	}
	return &handshake{N: n, TLS: factsOf(&state)}
}
