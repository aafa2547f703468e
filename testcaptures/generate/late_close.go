package main

// While a body is open, its connection is busy for net/http, so that a second
// request opens another. With a large body this shows on the wire: the first
// answer is not complete when the second connection opens. With a small one
// it does not: the answer has arrived, and only the program knows that it has
// not been read.

func init() {
	register(scenario{
		name:  "go-late-close",
		about: "two GETs of 1 MiB, both bodies read and closed after the second",
		snap:  256,
		serve: func(s *server) { s.serveHTTP(fixed(largeBody)) },
		call:  closeBothLate,
		want:  want{entries: 2, reused: 0, syns: 2},
	})
	register(scenario{
		name:  "go-late-close-small",
		about: "two small GETs, both bodies read and closed after the second",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call:  closeBothLate,
		want:  want{entries: 2, reused: 0, syns: 2},
	})
}

func closeBothLate(c *client) {
	first := c.get("/first")
	second := c.get("/second")
	drain(first)
	drain(second)
}
