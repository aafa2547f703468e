package main

import (
	"fmt"
	"strings"
)

// nginx before a Go server, both legs in the capture. By default nginx opens a
// connection for every request that it passes on, and speaks HTTP/1.0 there.

func init() {
	registerReverse("reverse-proxy", "a connection a request to the backend", "", 7,
		"server { LISTEN location / { proxy_pass http://BACKEND; } }")
	registerReverse("reverse-proxy-keepalive", "keepalive to the backend", "", 2, reverseKeepalive)
	registerReverse("reverse-proxy-h2", "HTTP/2 over TLS in front, keepalive to the backend", "ssl http2", 2,
		reverseKeepalive)
	registerReversePool("reverse-proxy-pool-2", 2, varies)
	registerReversePool("reverse-proxy-pool-20", 20, 8+8)
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

// registerReversePool: bursts through nginx, whose pool keeps idle connections for both backends
// together. A full pool drops the one that was idle for longest, not the one that comes.
func registerReversePool(name string, idle, syns int) {
	bursts := rounds{times: 4, size: 8, inTurn: 2}
	keeps := strings.NewReplacer("server BACKEND;", "SERVERS", "keepalive 4;", fmt.Sprintf("keepalive %d;", idle))
	entries := bursts.times * (bursts.size + bursts.inTurn)
	register(scenario{
		name:  name,
		about: fmt.Sprintf("four times 8 GETs at once and 2 in turn, by Go to nginx before two servers, keepalive %d", idle),
		needs: []string{"nginx"},
		serve: bursts.serveTwice,
		stage: nginxAndGo("", keeps.Replace(reverseKeepalive)),
		call:  func(c *client) { bursts.call(c, 20) },
		want:  want{entries: entries, reused: entries - bursts.size, syns: syns},
	})
}
