package main

import (
	"crypto/tls"
	"net/http"
)

// Connections that close after every call. With a cache of sessions only the
// first handshake is a full one; net/http has none unless it is given one.

func init() {
	for _, version := range []struct {
		suffix string
		number uint16
	}{{"12", tls.VersionTLS12}, {"13", tls.VersionTLS13}} {
		registerResume("tls-resume-"+version.suffix+"-cache", version.number, cacheSessions)
		registerResume("tls-resume-"+version.suffix+"-nocache", version.number)
	}
}

func registerResume(name string, version uint16, changes ...func(*http.Transport)) {
	about := "five GETs, a TLS connection each, no session cache"
	if len(changes) > 0 {
		about = "five GETs, a TLS connection each, with a session cache"
	}
	changes = append(changes, func(t *http.Transport) { t.DisableKeepAlives = true })
	register(scenario{
		name:  name,
		about: about,
		twin:  true,
		serve: func(s *server) { s.serveTLS(version, onlyHTTP1, fixed(smallBody)) },
		call: func(c *client) {
			c.speakTLS(changes...)
			getDrained(c, 5)
		},
		want: want{entries: 5, reused: 0, syns: 5},
	})
}
