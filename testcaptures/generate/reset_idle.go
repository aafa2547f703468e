package main

import "time"

// A server, or a load balancer, that resets what was idle for too long. The
// client hears of it in time and opens another connection: no request is lost.

func init() {
	const patience = 400 * time.Millisecond
	register(scenario{
		name:  "go-reset-idle",
		about: "8 GETs, the server resets connections that were idle for 400 ms",
		serve: func(s *server) {
			s.serveRaw(func(conn *rawConn) {
				for conn.request(patience) {
					conn.answer()
				}
				// Without lingering, close sends a reset.
				conn.SetLinger(0)
			})
		},
		call: func(c *client) {
			for i := 0; i < 4; i++ {
				c.getAndDrain("/first")
				time.Sleep(patience / 2)
				c.getAndDrain("/second")
				time.Sleep(patience + patience/2)
			}
		},
		want: want{entries: 8, reused: 4, syns: 4},
	})
}
