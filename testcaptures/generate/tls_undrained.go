package main

import "crypto/tls"

// The mistake of undrained.go costs more over TLS: ten full handshakes.

func init() {
	register(scenario{
		name:  "tls-undrained-10",
		about: "ten GETs over TLS 1.3, each small body closed unread",
		twin:  true,
		serve: func(s *server) { s.serveTLS(tls.VersionTLS13, onlyHTTP1, fixed(smallBody)) },
		call: func(c *client) {
			c.speakTLS()
			getUnread(c, 10)
		},
		want: want{entries: 10, reused: 0, syns: 10},
	})
}
