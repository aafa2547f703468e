package main

import "net/http"

// Where there is no body, there is nothing to drain: closing unread is
// harmless.

func init() {
	register(scenario{
		name:  "go-head-204-304",
		about: "HEAD, 204, 304 and an empty body closed unread, then a GET",
		serve: func(s *server) { s.serveHTTP(answerByPath) },
		call: func(c *client) {
			headUnread(c, "/head")
			for _, path := range []string{"/204", "/304", "/empty"} {
				c.get(path).Body.Close()
			}
			c.getAndDrain("/after")
		},
		want: want{entries: 5, reused: 4, syns: 1},
	})
}

func answerByPath(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/204":
		w.WriteHeader(http.StatusNoContent)
	case "/304":
		w.WriteHeader(http.StatusNotModified)
	case "/empty":
		answer(w, 0)
	default:
		answer(w, smallBody)
	}
}

func headUnread(c *client, path string) {
	r, err := http.NewRequest(http.MethodHead, c.url(path), nil)
	exitOn(err)
	answer, err := c.do(r)
	exitOn(err)
	answer.Body.Close()
}
