package main

import "net/http"

// The ways to say that a connection ends with the exchange: the server's
// header, the client's header, and HTTP/1.0, which must ask to go on instead.

func init() {
	register(scenario{
		name:  "go-connection-close",
		about: "Connection: close by the server, by the client; HTTP/1.0 without and with keep-alive",
		serve: func(s *server) {
			s.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/server-says-close" {
					w.Header().Set("Connection", "close")
				}
				answer(w, smallBody)
			})
		},
		call: func(c *client) {
			c.getAndDrain("/server-says-close")
			getWithClose(c, "/client-says-close")
			callHTTP10(c)
			callHTTP10KeepAlive(c)
		},
		want: want{entries: 5, reused: 1, syns: 4},
	})
}

func getWithClose(c *client, path string) {
	r, err := http.NewRequest(http.MethodGet, c.url(path), nil)
	exitOn(err)
	r.Close = true
	answer, err := c.do(r)
	exitOn(err)
	drain(answer)
}

// callHTTP10 reads until the server, which was not asked to stay, closes.
func callHTTP10(c *client) {
	conn := c.dial()
	defer conn.Close()
	conn.send(requestText("GET /http10 HTTP/1.0", "Host: "+c.servers[0]))
	conn.receive()
	conn.readUntilClosed()
}

func callHTTP10KeepAlive(c *client) {
	conn := c.dial()
	defer conn.Close()
	for _, path := range []string{"/http10-keep-alive-1", "/http10-keep-alive-2"} {
		conn.send(requestText("GET "+path+" HTTP/1.0", "Host: "+c.servers[0], "Connection: keep-alive"))
		conn.receive()
	}
}
