package main

import (
	"net/http"
	"time"
)

// MaxConnsPerHost makes calls wait for a connection instead of opening more.
// Nothing is wrong with it: all that was opened is used to the end.

func init() {
	const most = 4
	register(scenario{
		name:  "go-max-conns",
		about: "20 GETs at once, MaxConnsPerHost 4",
		serve: func(s *server) {
			s.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(20 * time.Millisecond)
				answer(w, smallBody)
			})
		},
		call: func(c *client) {
			c.http.Transport = transport(func(t *http.Transport) {
				t.MaxConnsPerHost = most
				t.MaxIdleConnsPerHost = most
			})
			getAtOnce(c, burst, "/")
			time.Sleep(pause)
		},
		want: want{entries: burst, reused: burst - most, syns: most},
	})
}
