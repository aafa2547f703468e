package main

import (
	"crypto/tls"
	"net/http"
	"time"
)

// Pools of two_pools.go, behind answers of several TLS records: TLS 1.2 does
// not mark those that were decrypted.

func init() {
	register(scenario{
		name:  "tls-two-pools-12",
		about: "six GETs by two transports in turns over TLS 1.2, each answer in several records",
		serve: func(s *server) { s.serveTLS(tls.VersionTLS12, onlyHTTP1, fixed(severalRecords)) },
		call: func(c *client) {
			var pools [2]http.RoundTripper
			for i := range pools {
				c.speakTLS()
				pools[i] = c.http.Transport
			}
			for i := 0; i < 6; i++ {
				c.http.Transport = pools[i%2]
				c.getAndDrain([]string{"/by-one", "/by-other"}[i%2])
				time.Sleep(50 * time.Millisecond)
			}
		},
		want: want{entries: 6, reused: 4, syns: 2},
	})
}

// severalRecords: crypto/tls begins with records that fit a TCP segment.
const severalRecords = 6000
