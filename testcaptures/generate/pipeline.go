package main

import (
	"fmt"
	"time"
)

// net/http's client never pipelines, but its server answers who does. A
// request may also arrive in pieces.

func init() {
	register(scenario{
		name:  "go-pipeline",
		about: "five requests in one write, then three in two writes each",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call: func(c *client) {
			conn := c.dial()
			defer conn.Close()
			pipelineFive(conn)
			for i := 1; i <= 3; i++ {
				text := requestText(fmt.Sprintf("GET /split-%d HTTP/1.1", i), "Host: "+c.servers[0])
				conn.sendSplit(text, len(text)/2, 20*time.Millisecond)
				conn.receive()
			}
		},
		want: want{entries: 8, reused: 7, syns: 1},
	})
}

func pipelineFive(conn *rawClientConn) {
	var texts []string
	for i := 1; i <= 5; i++ {
		texts = append(texts, requestText(fmt.Sprintf("GET /pipelined-%d HTTP/1.1", i),
			"Host: "+conn.client.servers[0]))
	}
	conn.send(texts...)
	for range texts {
		conn.receive()
	}
}
