package main

import (
	"io"
	"net/http"
	"strings"
)

// A 100 is not the answer: the exchange goes on.

func init() {
	register(scenario{
		name:  "go-100-continue",
		about: "two POSTs with Expect: 100-continue",
		serve: func(s *server) {
			s.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
				// The first read makes net/http send the 100.
				if _, err := io.Copy(io.Discard, r.Body); err == nil {
					answer(w, smallBody)
				}
			})
		},
		call: func(c *client) {
			for i := 0; i < 2; i++ {
				postExpecting100(c)
			}
		},
		want: want{entries: 2, reused: 1, syns: 1},
	})
}

func postExpecting100(c *client) {
	r, err := http.NewRequest(http.MethodPost, c.url("/upload"), strings.NewReader("name=value"))
	exitOn(err)
	r.Header.Set("Expect", "100-continue")
	answer, err := c.do(r)
	exitOn(err)
	drain(answer)
}
