package main

// The same programs as in undrained.go without the mistake.

func init() {
	register(scenario{
		name:  "go-drained-10",
		about: "ten GETs, each body read to EOF and closed",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call:  func(c *client) { getDrained(c, 10) },
		want:  want{entries: 10, reused: 9, syns: 1},
	})
	register(scenario{
		name:  "go-drained-2",
		about: "two GETs, each body read to EOF and closed",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call:  func(c *client) { getDrained(c, 2) },
		want:  want{entries: 2, reused: 1, syns: 1},
	})
}

func getDrained(c *client, times int) {
	for i := 0; i < times; i++ {
		c.getAndDrain("/")
	}
}
