package main

import (
	"context"
	"net"
	"net/http"
	"os/exec"
	"time"
)

// What a NAT or a load balancer does that forgets a connection without a word:
// from then on not one packet gets through. Here the server's interface takes
// another address of Ethernet, and what is sent to the old one is nobody's.

const (
	forgottenAfter = time.Second
	// Longer than the shortest idle time from which middleboxes forget.
	forgottenPause   = 31 * time.Second
	forgottenTimeout = 4 * time.Second
)

func init() {
	register(scenario{
		name:  "go-idle-dropped",
		about: "a GET 31 s after another, into a connection that the network has forgotten",
		needs: []string{"ip"},
		serve: func(s *server) {
			s.serveHTTPOn(s.listen("192.0.2.2:0"), http.HandlerFunc(
				func(w http.ResponseWriter, r *http.Request) {
					fixed(smallBody).ServeHTTP(w, r)
					time.AfterFunc(forgottenAfter, func() {
						exitOn(exec.Command("ip", "link", "set", "path0", "address", "02:00:00:00:00:02").Run())
					})
				}))
		},
		call: func(c *client) {
			silent := net.Dialer{KeepAlive: -1}
			c.http.Transport = transport(func(t *http.Transport) {
				t.DialContext = silent.DialContext
				t.IdleConnTimeout = 0
			})
			c.getAndDrain("/remembered")
			time.Sleep(forgottenPause)
			ctx, cancel := context.WithTimeout(context.Background(), forgottenTimeout)
			defer cancel()
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url("/forgotten"), nil)
			exitOn(err)
			if answer, err := c.do(r); err == nil {
				drain(answer)
			}
		},
		from: "192.0.2.1",
		stage: inNetwork("tcp", []string{"path0"},
			"link add path0 netns CLIENT type veth peer name path0 netns SERVER",
			"-n CLIENT address add 192.0.2.1/24 dev path0",
			"-n SERVER address add 192.0.2.2/24 dev path0",
			"-n CLIENT link set path0 up",
			"-n SERVER link set path0 up"),
		want: want{entries: 2, reused: 1, syns: 1},
	})
}
