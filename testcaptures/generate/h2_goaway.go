package main

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
	"time"
)

// A server that is replaced while it is used: Shutdown says GOAWAY with the
// last stream it will answer, answers it, and closes a second later. Its
// successor listens at the same address.

func init() {
	register(scenario{
		name:  "h2-goaway",
		about: "the server shuts down gracefully while a GET runs, HTTP/2",
		serve: func(s *server) {
			first := s.listen("127.0.0.1:0")
			leave := make(chan *http.Server, 1)
			s.serveTLSOn(first, tls.VersionTLS13, alsoHTTP2, goawayHandler(func() {
				shutDown(<-leave)
				s.serveTLSOn(s.listenAgain(first), tls.VersionTLS13, alsoHTTP2, fixed(smallBody))
			}), func(h *http.Server) { leave <- h })
		},
		call: func(c *client) {
			c.speakTLS()
			c.getAndDrain("/before")
			c.getAndDrain("/during")
			c.getAndDrain("/after")
			time.Sleep(1500 * time.Millisecond)
			c.getAndDrain("/after")
		},
		want: want{entries: 4, reused: 2, syns: 2},
	})
}

// goawayHandler has the server replaced when /during arrives, and answers it
// half a second later.
func goawayHandler(replace func()) http.HandlerFunc {
	var once sync.Once
	return func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/during" {
			once.Do(func() { go replace() })
			time.Sleep(500 * time.Millisecond)
		}
		answer(w, smallBody)
	}
}

// shutDown returns when the listener is closed; the connections take longer.
func shutDown(h *http.Server) {
	closed := make(chan struct{})
	h.RegisterOnShutdown(func() { close(closed) })
	go h.Shutdown(context.Background())
	<-closed
}

// listenAgain opens the port of a listener that is closed.
func (s *server) listenAgain(closed net.Listener) net.Listener {
	listener := s.listen(closed.Addr().String())
	s.addresses = s.addresses[:len(s.addresses)-1]
	return listener
}
