package main

import (
	"crypto/tls"
	"net/http"
	"strings"
)

// One HTTP/2 connection for two names, and a third name that the server does
// not want there. net/http never shares as firefox.go shows it: here the Host
// is set by hand.

func init() {
	register(scenario{
		name:  "h2-coalesce",
		about: "one connection for a.example and b.example, 421 for c.example",
		twin:  true,
		serve: func(s *server) {
			s.serveTLS(tls.VersionTLS13, alsoHTTP2, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.Host, "c.example:") && r.TLS.ServerName != "c.example" {
					w.WriteHeader(http.StatusMisdirectedRequest)
					return
				}
				answer(w, smallBody)
			})
		},
		call: func(c *client) {
			c.speakTLS()
			for _, name := range []string{"a", "b", "a", "b", "c"} {
				getAs(c, name+".example")
			}
			c.getURL(at("https", "c.example", c.servers[0], "/c"))
		},
		want: want{entries: 6, reused: 4, syns: 2},
	})
}

// getAs calls a.example, and says that it wanted name.
func getAs(c *client, name string) {
	r, err := http.NewRequest(http.MethodGet, c.url("/"+name[:1]), nil)
	exitOn(err)
	r.Host = name + ":" + r.URL.Port()
	answer, err := c.do(r)
	exitOn(err)
	drain(answer)
}
