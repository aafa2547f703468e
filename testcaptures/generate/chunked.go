package main

import "net/http"

// The end of a chunked body is a message of its own; read to it, the
// connection is kept.

func init() {
	register(scenario{
		name:  "go-chunked",
		about: "three GETs of chunked bodies, drained",
		serve: func(s *server) { s.serveHTTP(answerInChunks) },
		call:  func(c *client) { getDrained(c, 3) },
		want:  want{entries: 3, reused: 2, syns: 1},
	})
}

func answerInChunks(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	for i := 0; i < 3; i++ {
		w.Write(body(smallBody))
		w.(http.Flusher).Flush()
	}
}
