package main

import (
	"net/http"
	"sync"
	"time"
)

// net/http keeps two idle connections per server by default. After a burst it
// closes the others, although every body was read.

func init() {
	register(scenario{
		name:  "go-concurrent-20",
		about: "20 GETs at once, then 10 in turn, default transport",
		serve: func(s *server) {
			gather := newGathering(burst)
			s.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/burst" {
					gather.wait()
					time.Sleep(100 * time.Millisecond)
				}
				answer(w, smallBody)
			})
		},
		call: func(c *client) {
			getAtOnce(c, burst, "/burst")
			for i := 0; i < 10; i++ {
				c.getAndDrain("/in-turn")
			}
			// Keeps the exit well apart from what the pool closed.
			time.Sleep(300 * time.Millisecond)
		},
		want: want{entries: 30, reused: 10, syns: burst},
	})
}

const burst = 20

func getAtOnce(c *client, times int, path string) {
	var all sync.WaitGroup
	for i := 0; i < times; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			c.getAndDrain(path)
		}()
	}
	all.Wait()
}

// A gathering holds the handlers of a burst until all its requests are there,
// so that no early answer frees a connection for a late request.
type gathering struct{ missing sync.WaitGroup }

func newGathering(size int) *gathering {
	g := &gathering{}
	g.missing.Add(size)
	return g
}

func (g *gathering) wait() {
	g.missing.Done()
	g.missing.Wait()
}
