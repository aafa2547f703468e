package main

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"
)

// HTTP/1 has no way to take a request back but to close its connection.

func init() {
	register(scenario{
		name:  "go-cancelled",
		about: "a GET cancelled before any answer, then another",
		serve: func(s *server) {
			s.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/slow" {
					<-r.Context().Done()
					return
				}
				answer(w, smallBody)
			})
		},
		call: func(c *client) {
			cancelUnanswered(c)
			c.getAndDrain("/after")
		},
		want: want{entries: 2, reused: 0, syns: 2},
	})
	register(scenario{
		name:  "go-cancelled-body",
		about: "a GET cancelled in the middle of its body, then another",
		serve: func(s *server) {
			s.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/half" {
					answerHalf(w, r)
					return
				}
				answer(w, smallBody)
			})
		},
		call: func(c *client) {
			cancelBody(c)
			c.getAndDrain("/after")
		},
		want: want{entries: 2, reused: 0, syns: 2},
	})
}

const beforeCancel = 200 * time.Millisecond

func cancelUnanswered(c *client) {
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(beforeCancel, cancel)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url("/slow"), nil)
	exitOn(err)
	if answer, err := c.do(r); err == nil {
		answer.Body.Close()
	}
}

func cancelBody(c *client) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url("/half"), nil)
	exitOn(err)
	answer, err := c.do(r)
	exitOn(err)
	time.AfterFunc(beforeCancel, cancel)
	io.Copy(io.Discard, answer.Body) // ends with the cancel
	answer.Body.Close()
}

// answerHalf announces a body and stops in its middle.
func answerHalf(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	w.Header().Set("Content-Length", strconv.Itoa(smallBody))
	w.Write(body(smallBody / 2))
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}
