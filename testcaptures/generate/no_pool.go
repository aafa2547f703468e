package main

import "net/http"

// Two ways to do without a pool: to switch it off, and to make a new one for
// every call.

func init() {
	register(scenario{
		name:  "go-disable-keepalives",
		about: "five GETs with Transport.DisableKeepAlives",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call: func(c *client) {
			c.http.Transport = transport(func(t *http.Transport) { t.DisableKeepAlives = true })
			getDrained(c, 5)
		},
		want: want{entries: 5, reused: 0, syns: 5},
	})
	register(scenario{
		name:  "go-new-transport",
		about: "five GETs, each with a Transport of its own",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call: func(c *client) {
			for i := 0; i < 5; i++ {
				c.http.Transport = &http.Transport{}
				c.getAndDrain("/")
			}
		},
		want: want{entries: 5, reused: 0, syns: 5},
	})
}
