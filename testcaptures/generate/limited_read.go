package main

import "io"

// Programs guard against large answers with io.LimitReader. A limit below the
// body's size leaves bytes unread, which costs the connection; one above it
// lets the reader meet EOF, which keeps it.

func init() {
	register(scenario{
		name:  "go-limited-read",
		about: "bodies read through a limit below and above their size",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call: func(c *client) {
			getLimited(c, "/limit-below", smallBody-100)
			c.getAndDrain("/after-below")
			getLimited(c, "/limit-above", smallBody+100)
			c.getAndDrain("/after-above")
		},
		want: want{entries: 4, reused: 2, syns: 2},
	})
}

func getLimited(c *client, path string, limit int64) {
	answer := c.get(path)
	_, err := io.ReadAll(io.LimitReader(answer.Body, limit))
	exitOn(err)
	answer.Body.Close()
}
