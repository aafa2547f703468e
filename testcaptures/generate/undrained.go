package main

// The mistake that this project is about: the body is closed, but not read to
// its end, and net/http (before Go 1.27) drops the connection.

func init() {
	register(scenario{
		name:  "go-undrained-10",
		about: "ten GETs, each small body closed unread",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call:  func(c *client) { getUnread(c, 10) },
		want:  want{entries: 10, reused: 0, syns: 10},
	})
	register(scenario{
		name:  "go-undrained-2",
		about: "two GETs, each small body closed unread",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call:  func(c *client) { getUnread(c, 2) },
		want:  want{entries: 2, reused: 0, syns: 2},
	})
	register(scenario{
		name:  "go-undrained-large",
		about: "ten GETs, each body of 1 MiB closed unread",
		snap:  512,
		serve: func(s *server) { s.serveHTTP(fixed(largeBody)) },
		call:  func(c *client) { getUnread(c, 10) },
		want:  want{entries: 10, reused: 0, syns: 10},
	})
}

// largeBody is more than the kernels buffer before the client reads.
const largeBody = 1 << 20

func getUnread(c *client, times int) {
	for i := 0; i < times; i++ {
		answer := c.get("/")
		answer.Body.Close()
	}
}
