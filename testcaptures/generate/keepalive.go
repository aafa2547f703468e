package main

import (
	"net"
	"net/http"
	"time"
)

// A TCP keep-alive probe is not an HTTP event: it goes out after 30 s of
// silence, nobody at the HTTP level notices, and the connection is reused 15 s
// later.

func init() {
	register(scenario{
		name:  "go-keepalive-45s",
		about: "two GETs 45 s apart, TCP keep-alive of the client 30 s",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call: func(c *client) {
			dialer := &net.Dialer{KeepAlive: 30 * time.Second}
			c.http.Transport = transport(func(t *http.Transport) { t.DialContext = dialer.DialContext })
			c.getAndDrain("/before")
			time.Sleep(45 * time.Second)
			c.getAndDrain("/after")
		},
		want: want{entries: 2, reused: 1, syns: 1},
	})
}
