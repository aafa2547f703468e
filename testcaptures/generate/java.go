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
	const calls = 5
	register(scenario{
		name:  "java-httpclient",
		about: "Java's HttpClient: five GETs in turn, HTTP/1.1",
		needs: []string{"java"},
		serve: func(s *server) { s.serveHTTP(enterAndAnswer(s)) },
		stage: func(st *stage) (func() error, error) {
			addresses, err := st.startGoServer()
			if err != nil {
				return nil, err
			}
			st.enterServers(addresses)
			return func() error { return st.javaClient(addresses[0]) }, nil
		},
		want: want{entries: calls, reused: calls - 1, syns: 1},
	})
}

func (st *stage) javaClient(address string) error {
	if err := st.said("java", "-version"); err != nil {
		return err
	}
	if err := os.WriteFile(st.path("JavaClient.java"), []byte(javaClient), 0o644); err != nil {
		return err
	}
	_, err := st.run("java", "JavaClient.java", "http://"+address, "/1", "/2", "/3", "/4", "/5")
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
