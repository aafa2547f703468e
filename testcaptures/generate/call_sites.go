package main

import (
	"crypto/tls"
	"fmt"
	"net/http"

	"http-reuse.example/httpreuse/httpreusetrace"
)

// Two lines of code share a pool, and one of them leaves bodies unread. What
// the program writes down of its calls names the line.

const callSiteRounds = 6

func init() {
	httpreusetrace.Skip = []string{"main.(*client)."}
	want := want{entries: 2 * callSiteRounds, reused: callSiteRounds, syns: callSiteRounds}
	register(scenario{
		name:   "go-call-sites",
		about:  "two functions take turns, one closes bodies unread; with a trace of calls",
		traced: true,
		serve:  func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call:   takeTurns,
		want:   want,
	})
	register(scenario{
		name:   "tls-call-sites",
		about:  "the same over TLS 1.3",
		traced: true,
		twin:   true,
		serve:  func(s *server) { s.serveTLS(tls.VersionTLS13, onlyHTTP1, fixed(smallBody)) },
		call: func(c *client) {
			c.speakTLS()
			takeTurns(c)
		},
		want: want,
	})
}

func takeTurns(c *client) {
	c.http.Transport = httpreusetrace.Transport(c.http.Transport)
	for i := 0; i < callSiteRounds; i++ {
		list(c, i)
		peek(c, i)
	}
}

func list(c *client, i int) {
	drain(c.get(fmt.Sprintf("/list/%d?token=secret", i)))
}

func peek(c *client, i int) {
	answer := c.get(fmt.Sprintf("/peek/%d", i))
	if answer.StatusCode == http.StatusOK {
		answer.Body.Close()
	}
}
