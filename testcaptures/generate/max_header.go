package main

import "fmt"

// A server may limit the requests of a connection and say so beforehand.

func init() {
	const limit = 3
	register(scenario{
		name:  "go-max-header",
		about: "seven GETs, the server announces max=3 and closes on every third",
		serve: func(s *server) {
			s.serveRaw(func(conn *rawConn) {
				for left := limit; conn.request(0); left-- {
					if left == 1 {
						conn.answer("Connection: close")
						return
					}
					conn.answer("Connection: keep-alive", fmt.Sprintf("Keep-Alive: timeout=5, max=%d", left))
				}
			})
		},
		call: func(c *client) { getDrained(c, 7) },
		want: want{entries: 7, reused: 4, syns: 3},
	})
}
