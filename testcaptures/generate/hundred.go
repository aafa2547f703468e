package main

import (
	"crypto/tls"
	"net/http"
)

// What a pool is for: a hundred calls, one TLS handshake.

const hundred = 100

func init() {
	registerHundred("tls-h1-100-12", "100 GETs in turn, HTTP/1.1 over TLS 1.2", true, tls.VersionTLS12, onlyHTTP1)
	registerHundred("tls-h1-100-13", "100 GETs in turn, HTTP/1.1 over TLS 1.3", true, tls.VersionTLS13, onlyHTTP1)
	registerHundred("h2-100-seq-12", "100 GETs in turn, HTTP/2 over TLS 1.2", false, tls.VersionTLS12, alsoHTTP2)
	registerHundred("h2-100-seq-13", "100 GETs in turn, HTTP/2 over TLS 1.3", true, tls.VersionTLS13, alsoHTTP2)

	// Cold: nobody has a connection when the calls begin, so that each call
	// dials. The first connection to be ready serves them all.
	register(scenario{
		name:  "h2-100-concurrent",
		about: "100 GETs at once from cold, HTTP/2 over TLS 1.3",
		twin:  true,
		serve: func(s *server) { s.serveTLS(tls.VersionTLS13, alsoHTTP2, fixed(smallBody)) },
		call: func(c *client) {
			c.speakTLS()
			getAtOnce(c, hundred, "/")
		},
		want: want{entries: hundred, reused: hundred - 1, syns: varies},
	})
}

func registerHundred(name, about string, twin bool, version uint16, protocols []string) {
	register(scenario{
		name:  name,
		about: about,
		twin:  twin,
		serve: func(s *server) {
			s.serveTLS(version, protocols, func(w http.ResponseWriter, _ *http.Request) { answer(w, tinyBody) })
		},
		call: func(c *client) {
			c.speakTLS()
			getDrained(c, hundred)
		},
		want: want{entries: hundred, reused: hundred - 1, syns: 1},
	})
}

// tinyBody keeps a hundred answers small.
const tinyBody = 30
