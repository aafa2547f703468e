package main

import (
	"net/http"
	"time"
)

// MaxConnsPerHost makes calls wait for a connection instead of opening more.
// Nothing is wrong with it: all that was opened is used to the end.

func init() {
	const most = 4
	registerMostConnections("go-max-conns", "20 GETs at once, MaxConnsPerHost 4", most,
		want{entries: burst, reused: burst - most, syns: most})
	registerMostConnections("go-max-conns-none", "20 GETs at once, no MaxConnsPerHost", 0,
		want{entries: burst, reused: 0, syns: burst})
}

// registerMostConnections: most is of MaxConnsPerHost, 0 for none.
func registerMostConnections(name, about string, most int, want want) {
	register(scenario{
		name:  name,
		about: about,
		serve: func(s *server) {
			s.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(20 * time.Millisecond)
				answer(w, smallBody)
			})
		},
		call: func(c *client) {
			c.http.Transport = transport(func(t *http.Transport) {
				t.MaxConnsPerHost = most
				t.MaxIdleConnsPerHost = 4
			})
			getAtOnce(c, burst, "/")
			time.Sleep(pause)
		},
		want: want,
	})
}
