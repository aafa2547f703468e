package main

import (
	"crypto/tls"
	"net/http"
	"time"
)

// Programs of other files after the one change that their captures ask for, so
// that what it brings can be compared with what was forecast.

func init() {
	two := rounds{times: 4, size: 8}
	register(scenario{
		name:  "go-max-idle-20",
		about: "four times 8 GETs at once, MaxIdleConnsPerHost 20",
		serve: two.serve,
		call:  func(c *client) { two.call(c, 20) },
		want:  want{entries: 32, reused: 24, syns: 8},
	})
	register(scenario{
		name:  "go-drained-5",
		about: "five GETs of one process and transport, each drained",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call:  func(c *client) { getDrained(c, 5) },
		want:  want{entries: 5, reused: 4, syns: 1},
	})
	register(scenario{
		name:  "go-one-pool",
		about: "six GETs 50 ms apart by one transport",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call: func(c *client) {
			for i := 0; i < 6; i++ {
				c.getAndDrain("/")
				time.Sleep(50 * time.Millisecond)
			}
		},
		want: want{entries: 6, reused: 5, syns: 1},
	})
	register(scenario{
		name:  "go-drained-mixed",
		about: "six times 4 GETs at once, all bodies read, MaxIdleConnsPerHost 4",
		snap:  512,
		serve: func(s *server) { serveMixed(s, 6) },
		call:  func(c *client) { getMixed(c, make([]mixedRound, 6), mixedSize) },
		want:  want{entries: 24, reused: 20, syns: 4},
	})
	register(scenario{
		name:  "go-workers-eight-idle",
		about: "8 workers of 15 GETs each, 4 ms between them, MaxIdleConnsPerHost 8",
		serve: func(s *server) { serveUnevenly(s, newGathering(workers)) },
		call:  func(c *client) { work(c, workers, 4*time.Millisecond) },
		want:  want{entries: workers * callsOfEach, reused: varies, syns: varies},
	})
	register(scenario{
		name:  "tls-drained-10",
		about: "ten GETs over TLS 1.3, each small body read",
		serve: func(s *server) { s.serveTLS(tls.VersionTLS13, onlyHTTP1, fixed(smallBody)) },
		call: func(c *client) {
			c.speakTLS()
			getDrained(c, 10)
		},
		want: want{entries: 10, reused: 9, syns: 1},
	})
	register(scenario{
		name:  "h2-100-bounded",
		about: "100 GETs at once from cold, HTTP/2 over TLS 1.3, MaxConnsPerHost 1",
		serve: func(s *server) { s.serveTLS(tls.VersionTLS13, alsoHTTP2, fixed(smallBody)) },
		call: func(c *client) {
			c.speakTLS()
			c.http.Transport.(*http.Transport).MaxConnsPerHost = 1
			getAtOnce(c, hundred, "/")
		},
		want: want{entries: hundred, reused: hundred - 1, syns: 1},
	})
}

func init() {
	const minute = time.Minute
	register(scenario{
		name:  "go-idle-server-60",
		about: "three GETs 2.2 s apart, the server's IdleTimeout is a minute",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody), idleTimeout(minute)) },
		call:  getWithPauses,
		want:  want{entries: 3, reused: 2, syns: 1},
	})
	register(scenario{
		name:  "go-idle-client-60",
		about: "three GETs 2.2 s apart, the client's IdleConnTimeout is a minute",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call: func(c *client) {
			c.http.Transport = transport(func(t *http.Transport) { t.IdleConnTimeout = minute })
			getWithPauses(c)
		},
		want: want{entries: 3, reused: 2, syns: 1},
	})
	register(scenario{
		name:  "nginx-idle-60",
		about: "three GETs 2.2 s apart by Go, nginx' keepalive_timeout is a minute",
		needs: []string{"nginx"},
		stage: nginxAndGo("", "server { LISTEN keepalive_timeout 60s; "+nginxText(smallBody)+" }"),
		call:  getWithPauses,
		want:  want{entries: 3, reused: 2, syns: 1},
	})
	register(scenario{
		name:  "nginx-h1-1000",
		about: "nginx with keepalive_requests 1000, 12 GETs by Go",
		needs: []string{"nginx"},
		stage: nginxAndGo("", "server { LISTEN keepalive_requests 1000; "+nginxText(smallBody)+" }"),
		call:  func(c *client) { getDrained(c, 12) },
		want:  want{entries: 12, reused: 11, syns: 1},
	})
	registerRequests("python-stream-read", "stream=True, small bodies read", smallBody,
		want{6, 5, 1}, "stream", "/read", "/read", "/read", "/read", "/read", "/read")
}
