package main

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// A server may also close after it has read the request, so that nobody can
// tell whether it acted on it. net/http repeats a GET by itself, but not a
// POST.

func init() {
	register(scenario{
		name:  "go-stale-late",
		about: "the server closes on a GET that it has read, retried by net/http",
		serve: func(s *server) { s.serveRaw(answerOnce(func(*rawConn) {})) },
		call: func(c *client) {
			c.getAndDrain("/first")
			time.Sleep(50 * time.Millisecond)
			c.getAndDrain("/second")
		},
		want: want{entries: 3, reused: 1, syns: 2},
	})
	register(scenario{
		name:  "go-stale-reset",
		about: "the server resets on a POST that it has read, not retried",
		serve: func(s *server) {
			// Without lingering, close sends a reset.
			s.serveRaw(answerOnce(func(conn *rawConn) { conn.SetLinger(0) }))
		},
		call: func(c *client) {
			c.getAndDrain("/first")
			time.Sleep(50 * time.Millisecond)
			postOnce(c, "/second")
		},
		want: want{entries: 2, reused: 1, syns: 1},
	})
}

// answerOnce serves a connection whose first request is answered. The second
// is read to its end and the connection closed, after the scenario's say.
func answerOnce(beforeClose func(*rawConn)) func(*rawConn) {
	return func(conn *rawConn) {
		if !conn.request(0) {
			return
		}
		conn.answer()
		if conn.request(0) {
			beforeClose(conn)
		}
	}
}

// postOnce sends a body that net/http cannot send again, and expects an error.
func postOnce(c *client, path string) {
	const form = "amount=100"
	r, err := http.NewRequest(http.MethodPost, c.url(path), io.NopCloser(strings.NewReader(form)))
	exitOn(err)
	r.ContentLength = int64(len(form))
	answer, err := c.do(r)
	if err == nil {
		drain(answer)
	}
}
