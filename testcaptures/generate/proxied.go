package main

import "crypto/tls"

// Calls by way of a proxy. https goes through tunnels, one for each host and
// port; what runs in a tunnel is a connection of its own. http does without:
// the proxy's connection serves any host.

func init() {
	registerConnect("connect-proxy", "the client's side only", 3, 3)
	registerConnect("connect-proxy-legs", "both sides of the proxy", 0, 6)
	register(scenario{
		name:   "forward-proxy",
		about:  "GETs to two http hosts through a proxy",
		hidden: 2,
		serve: func(s *server) {
			s.serveHTTP(fixed(smallBody))
			s.serveHTTP(fixed(smallBody))
			s.serveProxy()
		},
		call: func(c *client) {
			c.http.Transport = transport(nil)
			c.useProxy()
			for i := 0; i < 3; i++ {
				c.getURL(at("http", "a.example", c.servers[0], "/"))
				c.getURL(at("http", "b.example", c.servers[1], "/"))
			}
		},
		want: want{entries: 6, reused: 5, syns: 1},
	})
	register(scenario{
		name:   "connect-proxy-plain",
		about:  "curl: three http URLs with --proxytunnel: HTTP/1.1 in a tunnel",
		needs:  []string{"curl"},
		hidden: 1,
		serve: func(s *server) {
			s.serveHTTP(fixed(smallBody))
			s.serveProxy()
		},
		stage: besideGo(func(st *stage, addresses []string) error {
			arguments := append([]string{"--proxytunnel", "--proxy", "http://" + addresses[1]},
				fetch(exampleOrigin("http", addresses[0]), 3)...)
			return st.curl(arguments...)
		}),
		want: want{entries: 3, reused: 2, syns: 1},
	})
}

func registerConnect(name, about string, hidden, syns int) {
	register(scenario{
		name:   name,
		about:  "GETs to two https hosts and an http one through a proxy: " + about,
		hidden: hidden,
		serve: func(s *server) {
			s.serveTLS(tls.VersionTLS13, onlyHTTP1, fixed(smallBody))
			s.serveTLS(tls.VersionTLS13, alsoHTTP2, fixed(smallBody))
			s.serveHTTP(fixed(smallBody))
			s.serveProxy()
		},
		call: func(c *client) {
			c.speakTLS()
			c.useProxy()
			for i := 0; i < 3; i++ {
				c.getURL(at("https", "a.example", c.servers[0], "/"))
				c.getURL(at("https", "b.example", c.servers[1], "/"))
			}
			c.getURL(at("http", "a.example", c.servers[2], "/"))
			c.getURL(at("http", "a.example", c.servers[2], "/"))
		},
		want: want{entries: 8, reused: 5, syns: syns},
	})
}
