package main

import (
	"bytes"
	"fmt"
)

// wget keeps its last connection for the next URL. It does not say the ports
// that it uses: the requests are as the server saw them, and wget's own words,
// "Reusing existing connection", are only counted.

func init() {
	const urls = 6
	register(scenario{
		name:  "wget-urls",
		about: "wget: six URLs in turn",
		needs: []string{"wget"},
		serve: func(s *server) { s.serveHTTP(enterAndAnswer(s)) },
		stage: besideGo(func(st *stage, addresses []string) error {
			return st.wget(addresses[0], urls)
		}),
		want: want{entries: urls, reused: urls - 1, syns: 1},
	})
}

// wget fetches as many URLs, which must reuse as many connections but one.
func (st *stage) wget(address string, urls int) error {
	if err := st.said("wget", "--version"); err != nil {
		return err
	}
	arguments := []string{"--no-config", "--no-hsts", "-o", "wget.log", "-O", "/dev/null"}
	for i := 1; i <= urls; i++ {
		arguments = append(arguments, fmt.Sprintf("http://%s/%d", address, i))
	}
	if _, err := st.run("wget", arguments...); err != nil {
		return err
	}
	log, err := st.read("wget.log")
	if reused := bytes.Count(log, []byte("Reusing existing connection")); err == nil && reused != urls-1 {
		return fmt.Errorf("wget reused %d connections: %s", reused, log)
	}
	return err
}
