package main

import (
	"net/http"
	"sync"
	"time"
)

// The server process ends while the client holds idle connections; the next
// call is refused.

func init() {
	const held = 3
	register(scenario{
		name:  "go-server-exit",
		about: "three idle connections, the server ends, the next call is refused",
		serve: func(s *server) {
			gather := newGathering(held)
			var once sync.Once
			s.serveHTTP(func(w http.ResponseWriter, _ *http.Request) {
				gather.wait()
				once.Do(func() { time.AfterFunc(300*time.Millisecond, s.exit) })
				answer(w, smallBody)
			})
		},
		call: func(c *client) {
			c.http.Transport = transport(func(t *http.Transport) { t.MaxIdleConnsPerHost = held })
			getAtOnce(c, held, "/before")
			time.Sleep(600 * time.Millisecond)
			getRefused(c)
		},
		want: want{entries: held + 1, reused: 0, syns: held + 1},
	})
}

func getRefused(c *client) {
	r, err := http.NewRequest(http.MethodGet, c.url("/after"), nil)
	exitOn(err)
	if answer, err := c.do(r); err == nil {
		drain(answer)
	}
}
