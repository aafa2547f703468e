package main

// nginx before a Go server, both legs in the capture. By default nginx opens a
// connection for every request that it passes on, and speaks HTTP/1.0 there.

func init() {
	registerReverse("reverse-proxy", "a connection a request to the backend", "", 7,
		"server { LISTEN location / { proxy_pass http://BACKEND; } }")
	registerReverse("reverse-proxy-keepalive", "keepalive to the backend", "", 2, reverseKeepalive)
	registerReverse("reverse-proxy-h2", "HTTP/2 over TLS in front, keepalive to the backend", "ssl http2", 2,
		reverseKeepalive)
}

const reverseKeepalive = `
upstream backend { server BACKEND; keepalive 4; }
server {
    LISTEN
    ssl_protocols TLSv1.3;
    location / {
        proxy_pass http://backend;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
    }
}`

func registerReverse(name, about, options string, syns int, content string) {
	const calls = 6
	register(scenario{
		name:  name,
		about: "six GETs by Go to nginx before Go: " + about,
		needs: []string{"nginx"},
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		stage: nginxAndGo(options, content),
		call: func(c *client) {
			if options != "" {
				c.speakTLS()
			}
			getDrained(c, calls)
		},
		want: want{entries: calls, reused: calls - 1, syns: syns},
	})
}
