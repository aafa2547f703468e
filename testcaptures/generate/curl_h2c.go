package main

// HTTP/2 without TLS: known before, or by an upgrade from HTTP/1.1, whose
// request is at the same time the first of the HTTP/2 connection.

func init() {
	register(scenario{
		name:  "curl-h2c-prior",
		about: "curl: four URLs with --http2-prior-knowledge",
		needs: []string{needsTrixie, "nghttpd"}, // Debian 12's curl cannot use such a connection twice

		stage: func(st *stage) (func() error, error) {
			address, err := st.startNghttpd()
			if err != nil {
				return nil, err
			}
			arguments := append([]string{"--http2-prior-knowledge"}, fetch("http://"+address, 4)...)
			return func() error { return st.newerCurl(arguments...) }, nil
		},
		want: want{entries: 4, reused: 3, syns: 1},
	})
	register(scenario{
		name:   "curl-h2c-upgrade",
		about:  "curl: four URLs with --http2, nghttpx agrees to the upgrade",
		needs:  []string{"curl", "nghttpx"},
		hidden: 1,
		serve:  func(s *server) { s.serveHTTP(fixed(smallBody)) },
		stage: func(st *stage) (func() error, error) {
			address, err := st.startNghttpx("no-tls")
			if err != nil {
				return nil, err
			}
			arguments := append([]string{"--http2"}, fetch("http://"+address, 4)...)
			return func() error { return st.curl(arguments...) }, nil
		},
		want: want{entries: 4, reused: 3, syns: 1},
	})
}
