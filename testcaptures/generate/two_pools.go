package main

import (
	"net/http"
	"sync"
	"time"
)

// What one pool keeps idle, another cannot take: that of another transport in
// the same program, or that of another process at the same address. All
// bodies are read.

func init() {
	register(scenario{
		name:  "go-two-pools",
		about: "six GETs by two transports in turns",
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call: func(c *client) {
			pools := []*http.Transport{transport(nil), transport(nil)}
			for i := 0; i < 6; i++ {
				c.http.Transport = pools[i%2]
				c.getAndDrain([]string{"/by-one", "/by-other"}[i%2])
				time.Sleep(50 * time.Millisecond)
			}
		},
		want: want{entries: 6, reused: 4, syns: 2},
	})
	register(scenario{
		name:  "go-two-processes",
		about: "two processes, five GETs each, side by side",
		stage: func(st *stage) (func() error, error) { return st.goClients(2, 75*time.Millisecond, false) },
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call: func(c *client) {
			for i := 0; i < 5; i++ {
				c.getAndDrain("/")
				time.Sleep(150 * time.Millisecond)
			}
		},
		want: want{entries: 10, reused: 8, syns: 2},
	})
	register(scenario{
		name:  "go-process-per-call",
		about: "five processes, one after the other, one drained GET each",
		stage: func(st *stage) (func() error, error) { return st.goClients(5, 0, true) },
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call:  func(c *client) { c.getAndDrain("/") },
		want:  want{entries: 5, reused: 0, syns: 5},
	})
}

// goClients is goPair with several clients, each started after the one before
// has ended, or apart from it. The truth has all of the first one's requests
// before the second one's.
func (st *stage) goClients(count int, apart time.Duration, inTurn bool) (func() error, error) {
	addresses, err := st.startGoServer()
	if err != nil {
		return nil, err
	}
	st.enterServers(addresses)
	return func() error {
		said := make([]clientReport, count)
		errs := make([]error, count)
		var all sync.WaitGroup
		for i := range said {
			all.Add(1)
			go func(i int) {
				defer all.Done()
				said[i], errs[i] = st.askGoClient(addresses...)
			}(i)
			if inTurn {
				all.Wait()
			}
			time.Sleep(apart)
		}
		all.Wait()
		for i := range said {
			if errs[i] != nil {
				return errs[i]
			}
			st.enterReport(said[i])
		}
		return nil
	}, nil
}
