package main

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"time"
)

// Workers that share one transport, as services do. If the pool keeps as many
// idle connections as there are workers, nobody ever waits for a handshake
// again. If it keeps the default two, and the workers do something else
// between their calls, connections are closed and opened all the time,
// although all bodies are read.

const (
	workers     = 8
	callsOfEach = 15
)

func init() {
	register(scenario{
		name:  "go-shared-transport-concurrent",
		about: "8 workers of 15 GETs each, one transport, MaxIdleConnsPerHost 8",
		serve: func(s *server) { serveUnevenly(s, newGathering(workers)) },
		call:  func(c *client) { work(c, workers, 0) },
		want:  want{entries: workers * callsOfEach, reused: workers * (callsOfEach - 1), syns: workers},
	})
	register(scenario{
		name:  "go-workers-from-cold",
		about: "the same, where early answers overtake late dials",
		serve: func(s *server) { serveUnevenly(s, nil) },
		call:  func(c *client) { work(c, workers, 0) },
		want:  want{entries: workers * callsOfEach, reused: varies, syns: varies},
	})
	register(scenario{
		name:  "go-workers-two-idle",
		about: "8 workers of 15 GETs each, 4 ms between them, default transport",
		serve: func(s *server) { serveUnevenly(s, newGathering(workers)) },
		call:  func(c *client) { work(c, http.DefaultMaxIdleConnsPerHost, 4*time.Millisecond) },
		want:  want{entries: workers * callsOfEach, reused: varies, syns: varies},
	})
}

// serveUnevenly answers after 0 to 6 ms. With a gathering the first call of
// each worker waits for those of the others.
func serveUnevenly(s *server, first *gathering) {
	var served int64
	s.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
		n := atomic.AddInt64(&served, 1)
		if first != nil && n <= workers {
			first.wait()
		}
		time.Sleep(time.Duration(n%4) * 2 * time.Millisecond)
		answer(w, smallBody)
	})
}

func work(c *client, idle int, between time.Duration) {
	c.http.Transport = transport(func(t *http.Transport) { t.MaxIdleConnsPerHost = idle })
	calls := make([]func(), workers)
	for i := range calls {
		path := fmt.Sprintf("/worker-%d", i+1)
		calls[i] = func() {
			for j := 0; j < callsOfEach; j++ {
				c.getAndDrain(path)
				time.Sleep(between)
			}
		}
	}
	atOnce(calls...)
	time.Sleep(pause) // keeps the exit apart
}
