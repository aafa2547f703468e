package main

import (
	_ "embed" // the client is part of the program
	"net/http"
	"os"
)

// Java's HttpClient keeps connections as long as the client object lives, and
// for 30 s. It does not say the ports that it uses: the requests are as the
// server saw them.

//go:embed JavaClient.java
var javaClient string

func init() {
	registerJava("java-httpclient", "HTTP/1.1", "HTTP_1_1")
	// Without TLS it then asks for h2c with every request, which Go's server does not heed.
	registerJava("java-upgrade", "its default of HTTP/2 at a server without it", "HTTP_2")
}

func registerJava(name, about, version string) {
	const calls = 5
	register(scenario{
		name:  name,
		about: "Java's HttpClient: five GETs in turn, " + about,
		needs: []string{"java"},
		serve: func(s *server) { s.serveHTTP(enterAndAnswer(s)) },
		stage: besideGo(func(st *stage, addresses []string) error {
			return st.javaClient(addresses[0], version)
		}),
		want: want{entries: calls, reused: calls - 1, syns: 1},
	})
}

func (st *stage) javaClient(address, version string) error {
	if err := st.said("java", "-version"); err != nil {
		return err
	}
	if err := os.WriteFile(st.path("JavaClient.java"), []byte(javaClient), 0o644); err != nil {
		return err
	}
	_, err := st.run("java", "JavaClient.java", version, "http://"+address, "/1", "/2", "/3", "/4", "/5")
	return err
}

// enterAndAnswer answers like fixed, and tells of the requests in place of a
// client that does not.
func enterAndAnswer(s *server) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.enterRequest(r)
		answer(w, smallBody)
	}
}
