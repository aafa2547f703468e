package main

// Without a length and without chunks, the end of the connection is the end
// of the body. Nothing announces it.

func init() {
	register(scenario{
		name:  "go-close-delimited",
		about: "three GETs whose bodies end with the connection",
		serve: func(s *server) {
			s.serveRaw(func(conn *rawConn) {
				if conn.request(0) {
					conn.answerExactly(nil, smallBody)
				}
			})
		},
		call: func(c *client) { getDrained(c, 3) },
		want: want{entries: 3, reused: 0, syns: 3},
	})
}
