package main

// Connections belong to a server, not to a path.

func init() {
	register(scenario{
		name:  "go-two-paths",
		about: "/ and then /questions of one server",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call: func(c *client) {
			c.getAndDrain("/")
			c.getAndDrain("/questions")
		},
		want: want{entries: 2, reused: 1, syns: 1},
	})
}
