package main

// nginx closes a connection after keepalive_requests of them: over HTTP/1.1
// the last answer says Connection: close, over HTTP/2 there is a GOAWAY.

func init() {
	registerNginxLimit("nginx-h1", "HTTP/1.1", "http", "")
	registerNginxLimit("nginx-h1-tls", "HTTP/1.1 over TLS", "https", "ssl")
	registerNginxLimit("nginx-h2", "HTTP/2 over TLS", "https", "ssl http2")
}

func registerNginxLimit(name, protocol, scheme, options string) {
	const calls = 12
	register(scenario{
		name:  name,
		about: "nginx with keepalive_requests 5, 12 GETs by Go, " + protocol,
		needs: []string{"nginx"},
		twin:  scheme == "https",
		stage: nginxAndGo(options, "server { LISTEN keepalive_requests 5; "+nginxText(smallBody)+" }"),
		call: func(c *client) {
			if scheme == "https" {
				c.speakTLS(cacheSessions)
			}
			getDrained(c, calls)
		},
		want: want{entries: calls, reused: calls - 3, syns: 3},
	})
}
