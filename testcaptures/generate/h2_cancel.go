package main

import (
	"crypto/tls"
	"net/http"
)

// HTTP/2 takes a request back with RST_STREAM. The connection goes on, and so
// does what else runs on it.

func init() {
	register(scenario{
		name:  "h2-cancel",
		about: "two of four GETs cancelled, HTTP/2",
		serve: func(s *server) {
			s.serveTLS(tls.VersionTLS13, alsoHTTP2, func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/slow":
					<-r.Context().Done()
				case "/half":
					answerHalf(w, r)
				default:
					answer(w, smallBody)
				}
			})
		},
		call: func(c *client) {
			c.speakTLS()
			c.getAndDrain("/before")
			cancelUnanswered(c)
			cancelBody(c)
			c.getAndDrain("/after")
		},
		want: want{entries: 4, reused: 3, syns: 1},
	})
	register(scenario{
		name:  "h2-undrained-10",
		about: "ten GETs, each small body closed unread, HTTP/2",
		serve: func(s *server) { s.serveTLS(tls.VersionTLS13, alsoHTTP2, fixed(smallBody)) },
		call: func(c *client) {
			c.speakTLS()
			getUnread(c, 10)
		},
		want: want{entries: 10, reused: 9, syns: 1},
	})
}
