package main

import (
	"fmt"
	"net/http"
	"path"
	"sync"
	"time"
)

// One burst after another: what the pool does not keep after the first has to
// be opened again for the second, and so on. A pool as large as the burst
// loses nothing.

// rounds is a program's work: so many times a burst of size GETs at once, then
// inTurn GETs one by one, and a pause.
type rounds struct{ times, size, inTurn int }

func init() {
	ten := rounds{times: 3, size: 20, inTurn: 5}
	register(scenario{
		name:  "go-max-idle-10",
		about: "three times 20 GETs at once, then 5 in turn, MaxIdleConnsPerHost 10",
		serve: ten.serve,
		call:  func(c *client) { ten.call(c, 10) },
		want:  want{entries: 75, reused: 5 + 15 + 15, syns: 20 + 10 + 10},
	})
	two := rounds{times: 4, size: 8}
	register(scenario{
		name:  "go-max-idle-2",
		about: "four times 8 GETs at once, default transport",
		serve: two.serve,
		call:  func(c *client) { two.call(c, http.DefaultMaxIdleConnsPerHost) },
		want:  want{entries: 32, reused: 2 + 2 + 2, syns: 8 + 6 + 6 + 6},
	})
	register(scenario{
		name:  "go-pool-large-enough",
		about: "three times 20 GETs at once, then 5 in turn, MaxIdleConnsPerHost 20",
		serve: ten.serve,
		call:  func(c *client) { ten.call(c, 20) },
		want:  want{entries: 75, reused: 5 + 25 + 25, syns: 20},
	})
}

// pause keeps what happens after a burst apart from the next one.
const pause = 300 * time.Millisecond

func (r rounds) serve(s *server) { s.serveHTTP(r.answer()) }

// serveTwice listens at two addresses, among which a proxy shares the bursts.
func (r rounds) serveTwice(s *server) {
	handler := r.answer()
	s.serveHTTP(handler)
	s.serveHTTP(handler)
}

func (r rounds) answer() http.HandlerFunc {
	bursts := newBursts(r.times, r.size)
	return func(w http.ResponseWriter, r *http.Request) {
		bursts.wait(r)
		answer(w, smallBody)
	}
}

func (r rounds) call(c *client, idle int) {
	c.http.Transport = transport(func(t *http.Transport) { t.MaxIdleConnsPerHost = idle })
	for i := 0; i < r.times; i++ {
		getAtOnce(c, r.size, burstPath(i)+"/all")
		for j := 0; j < r.inTurn; j++ {
			c.getAndDrain("/in-turn")
		}
		time.Sleep(pause)
	}
}

// burstPath is the folder of the paths that round asks for.
func burstPath(round int) string { return fmt.Sprintf("/burst-%d", round+1) }

// bursts holds the handlers of each burst until all its requests are there and
// 20 ms more, so that nothing that happens to be open is enough for it.
type bursts map[string]*gathering

func newBursts(times, size int) bursts {
	all := bursts{}
	for i := 0; i < times; i++ {
		all[burstPath(i)] = newGathering(size)
	}
	return all
}

func (b bursts) wait(r *http.Request) {
	if gather, known := b[path.Dir(r.URL.Path)]; known {
		gather.wait()
		time.Sleep(20 * time.Millisecond)
	}
}

// atOnce runs each of the calls beside the others.
func atOnce(calls ...func()) {
	var all sync.WaitGroup
	for _, call := range calls {
		all.Add(1)
		go func(call func()) {
			defer all.Done()
			call()
		}(call)
	}
	all.Wait()
}
