package main

import (
	"net/http"
	"time"
)

// A server that allows four streams at once. Who wants more has to wait or to
// open another connection, as net/http does; who does not know it yet is
// refused, and net/http sends the request again.

func init() {
	const calls = 12
	register(scenario{
		name:  "h2-few-streams",
		about: "nginx with 4 streams a connection: a GET, then 12 at once, HTTP/2",
		needs: []string{"nginx"},
		serve: func(s *server) {
			s.serveHTTP(func(w http.ResponseWriter, _ *http.Request) {
				time.Sleep(150 * time.Millisecond)
				answer(w, smallBody)
			})
		},
		hidden: 1,
		stage: nginxAndGo("ssl http2", "server { LISTEN http2_max_concurrent_streams 4; ssl_protocols TLSv1.3;"+
			" location / { proxy_pass http://BACKEND; } }"),
		call: func(c *client) {
			c.speakTLS()
			c.getAndDrain("/first")
			getAtOnce(c, calls, "/burst")
		},
		// The first GET and the burst, and what was refused and sent again.
		want: want{entries: varies, reused: varies, syns: varies},
	})
}
