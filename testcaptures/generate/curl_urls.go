package main

import (
	"crypto/tls"
	"net/http"
	"time"
)

// One curl, several URLs. In turn they share a connection. With --parallel
// the transfers of HTTP/1.1 need one each; those of HTTP/2 wait for the first
// handshake and share its connection, unless --parallel-immediate forbids it.

func init() {
	const urls = 6
	registerCurl("curl-h1", "six URLs in turn, HTTP/1.1", "http", onlyHTTP1, want{urls, urls - 1, 1})
	registerCurl("curl-h1-tls", "six URLs in turn, HTTP/1.1 over TLS", "https", onlyHTTP1, want{urls, urls - 1, 1})
	registerCurl("curl-h2", "six URLs in turn, HTTP/2 over TLS", "https", alsoHTTP2, want{urls, urls - 1, 1})
	registerCurl("curl-parallel-h1", "six URLs with --parallel, HTTP/1.1 over TLS", "https", onlyHTTP1,
		want{urls, 0, urls}, "--parallel")
	registerCurl("curl-parallel-h2", "six URLs with --parallel, HTTP/2 over TLS", "https", alsoHTTP2,
		want{urls, urls - 1, 1}, "--parallel")
	registerCurl("curl-parallel-immediate", "six URLs with --parallel-immediate, HTTP/2 over TLS", "https", alsoHTTP2,
		want{urls, varies, varies}, "--parallel", "--parallel-immediate")
}

func registerCurl(name, about, scheme string, protocols []string, want want, options ...string) {
	register(scenario{
		name:  name,
		about: "curl: " + about,
		needs: []string{"curl"},
		serve: func(s *server) {
			slow := func(w http.ResponseWriter, _ *http.Request) {
				time.Sleep(50 * time.Millisecond) // keeps parallel transfers apart
				answer(w, smallBody)
			}
			if scheme == "http" {
				s.serveHTTP(slow)
			} else {
				s.serveTLS(tls.VersionTLS13, protocols, slow)
			}
		},
		stage: besideGo(func(st *stage, addresses []string) error {
			arguments := append(options, resolve(addresses[0])...)
			arguments = append(arguments, fetch(exampleOrigin(scheme, addresses[0]), want.entries)...)
			return st.curl(arguments...)
		}),
		want: want,
	})
}
