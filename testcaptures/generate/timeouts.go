package main

import (
	"context"
	"io"
	"net/http"
	"time"
)

// Deadlines, on one pool: each call that meets one costs a connection, new or
// reused. A context's deadline and http.Client.Timeout are the same on the
// wire.

const deadline = 100 * time.Millisecond

func init() {
	register(scenario{
		name:  "go-cancelled-contexts",
		about: "calls that time out before and in the middle of answers, by context and by Client.Timeout",
		serve: func(s *server) {
			s.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/slow":
					<-r.Context().Done()
				case "/half":
					answerHalf(w, r)
				default:
					answer(w, smallBody)
				}
			})
		},
		call: callWithDeadlines,
		want: want{entries: 13, reused: 4, syns: 9},
	})
}

func callWithDeadlines(c *client) {
	c.getAndDrain("/before")
	getUntil(c, "/slow", byContext) // reused
	getUntil(c, "/slow", byContext)
	c.getAndDrain("/between")
	getUntil(c, "/half", byContext) // reused
	getUntil(c, "/half", byClient)
	getUntil(c, "/slow", byClient)
	c.getAndDrain("/between")
	c.getAndDrain("/between") // reused
	atOnce(                   // one of them reused
		func() { getUntil(c, "/slow", byContext) },
		func() { getUntil(c, "/slow", byContext) },
		func() { getUntil(c, "/slow", byContext) },
	)
	c.getAndDrain("/after")
}

// A limit bounds one call, its body included.
type limit func(c *client, r *http.Request) (*http.Request, func())

func byContext(_ *client, r *http.Request) (*http.Request, func()) {
	ctx, cancel := context.WithTimeout(r.Context(), deadline)
	return r.WithContext(ctx), cancel
}

// byClient is only for calls in turn.
func byClient(c *client, r *http.Request) (*http.Request, func()) {
	c.http.Timeout = deadline
	return r, func() { c.http.Timeout = 0 }
}

// getUntil makes a call that the limit ends.
func getUntil(c *client, path string, limited limit) {
	r, err := http.NewRequest(http.MethodGet, c.url(path), nil)
	exitOn(err)
	r, end := limited(c, r)
	defer end()
	answer, err := c.do(r)
	if err != nil {
		return
	}
	io.Copy(io.Discard, answer.Body) // ends with the deadline
	answer.Body.Close()
}
