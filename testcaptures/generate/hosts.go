package main

import (
	"fmt"
	"net/http"
	"time"
)

// A pool that counts the connections to all hosts together: more hosts in turn
// than it has places for, and a new connection each time.

const (
	turns   = 3
	aMoment = 20 * time.Millisecond
)

func init() {
	const hosts = 5
	registerHosts("go-hosts-three-idle", 3, want{entries: turns * hosts, reused: 0, syns: turns * hosts})
	registerHosts("go-hosts-all-idle", 0, want{entries: turns * hosts, reused: (turns - 1) * hosts, syns: hosts})
}

// registerHosts: most is of MaxIdleConns, 0 for no limit.
func registerHosts(name string, most int, want want) {
	register(scenario{
		name:  name,
		about: fmt.Sprintf("five hosts in turn, three times, MaxIdleConns %d", most),
		serve: func(s *server) { serveHosts(s, want.entries/turns) },
		call: func(c *client) {
			c.http.Transport = transport(func(t *http.Transport) { t.MaxIdleConns = most })
			for round := 0; round < turns; round++ {
				for _, address := range c.servers {
					c.getURL("http://" + address + "/")
					time.Sleep(aMoment)
				}
			}
			time.Sleep(pause)
		},
		want: want,
	})
}

func serveHosts(s *server, count int) {
	for i := 0; i < count; i++ {
		s.serveHTTPOn(s.listen("127.0.0.1:0"), fixed(smallBody))
	}
}

func init() {
	const hosts = 12
	registerRequestsHosts("python-hosts-ten", "hosts",
		"Python's requests: twelve hosts in turn, three times; the pool keeps ten", hosts,
		want{turns * hosts, 0, turns * hosts})
	registerRequestsHosts("python-hosts-all", "hosts-all",
		"Python's requests: the same with HTTPAdapter(pool_connections=20)", hosts,
		want{turns * hosts, (turns - 1) * hosts, hosts})
}

func registerRequestsHosts(name, way, about string, hosts int, want want) {
	register(scenario{
		name:  name,
		about: about,
		needs: []string{needsRequests},
		serve: func(s *server) { serveHosts(s, hosts) },
		stage: besideGo(func(st *stage, addresses []string) error {
			var urls []string
			for i := 0; i < turns; i++ {
				for _, address := range addresses {
					urls = append(urls, "http://"+address+"/")
				}
			}
			if err := st.requestsURLs(addresses[0], way, urls); err != nil {
				return err
			}
			for i, r := range st.truth.Requests {
				r.Server = &addresses[i%hosts]
			}
			return nil
		}),
		want: want,
	})
}
