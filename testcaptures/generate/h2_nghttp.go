package main

// Corners of HTTP/2 that nghttp and nghttpd reach, without TLS.

func init() {
	registerNghttp("h2-refused", "12 GETs at once, the server allows 4 and refuses 8", 12,
		[]string{"--max-concurrent-streams=4"}, []string{"-m", "12"}, "/1")
	registerNghttp("h2-push", "two GETs, and the server pushes /3", 2,
		[]string{"--push=/1=/3"}, nil, "/1", "/2")
	registerNghttp("h2-continuation", "three GETs, each with HEADERS and CONTINUATION", 3,
		nil, []string{"--continuation"}, "/1", "/2", "/3")
}

func registerNghttp(name, about string, requests int, server, client []string, paths ...string) {
	register(scenario{
		name:  name,
		about: "nghttp: " + about,
		snap:  1 << 16, // headers of CONTINUATION are large
		needs: []string{"nghttp", "nghttpd"},
		stage: func(st *stage) (func() error, error) {
			address, err := st.startNghttpd(server...)
			if err != nil {
				return nil, err
			}
			arguments := client
			for _, path := range paths {
				arguments = append(arguments, "http://"+address+path)
			}
			return func() error { return st.nghttp(address, arguments...) }, nil
		},
		want: want{entries: requests, reused: requests - 1, syns: 1},
	})
}
