package main

import (
	"bytes"
	"net/http"
)

// An answer that comes before the request's body has: the rest of the body is
// not wanted, and the connection goes with it.

const unwantedBody = 1 << 20

func init() {
	register(scenario{
		name:  "go-error-close",
		about: "a POST of 1 MiB that is answered with 413 before it is read, then a GET",
		snap:  256,
		serve: func(s *server) {
			s.serveHTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					w.WriteHeader(http.StatusRequestEntityTooLarge)
					return
				}
				fixed(smallBody).ServeHTTP(w, r)
			}))
		},
		call: func(c *client) {
			body := bytes.NewReader(make([]byte, unwantedBody))
			r, err := http.NewRequest(http.MethodPost, c.url("/upload"), body)
			exitOn(err)
			if answer, err := c.do(r); err == nil {
				drain(answer)
			}
			c.getAndDrain("/after")
		},
		want: want{entries: 2, reused: 0, syns: 2},
	})
}
