package main

import (
	"net/http"
	"time"
)

// Both sides may close what nobody uses. The client here waits longer than
// either's timeout between its calls.

const (
	idleLimit = 1500 * time.Millisecond
	idlePause = 2200 * time.Millisecond
)

func init() {
	register(scenario{
		name:  "go-idle-server",
		about: "three GETs 2.2 s apart, the server's IdleTimeout is 1.5 s",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody), idleTimeout(idleLimit)) },
		call:  getWithPauses,
		want:  want{entries: 3, reused: 0, syns: 3},
	})
	register(scenario{
		name:  "go-idle-client",
		about: "three GETs 2.2 s apart, the client's IdleConnTimeout is 1.5 s",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call: func(c *client) {
			c.http.Transport = transport(func(t *http.Transport) { t.IdleConnTimeout = idleLimit })
			getWithPauses(c)
		},
		want: want{entries: 3, reused: 0, syns: 3},
	})
	register(scenario{
		name:  "go-client-shorter",
		about: "GETs 0.6 and 2.2 s apart, IdleConnTimeout 1 s, the server's IdleTimeout 1.5 s",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody), idleTimeout(idleLimit)) },
		call: func(c *client) {
			c.http.Transport = transport(func(t *http.Transport) { t.IdleConnTimeout = time.Second })
			for i := 0; i < 2; i++ {
				c.getAndDrain("/first")
				time.Sleep(600 * time.Millisecond)
				c.getAndDrain("/second")
				time.Sleep(idlePause)
			}
		},
		want: want{entries: 4, reused: 2, syns: 2},
	})
}

func getWithPauses(c *client) {
	for i := 0; i < 3; i++ {
		c.getAndDrain("/")
		time.Sleep(idlePause)
	}
}
