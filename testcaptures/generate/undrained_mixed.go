package main

import (
	"net/http"
	"path"
	"time"
)

// Some answers are read and some are not, on one pool: each burst of four
// loses connections to unread bodies, and to the pool's limit if there is one.

// mixedRound is how many of a burst's bodies stay unread: of 300 bytes, and of
// 1 MiB.
type mixedRound struct{ unread, unreadLarge int }

const mixedSize = 4

func init() {
	side := []mixedRound{{1, 0}, {0, 1}, {1, 0}, {0, 1}, {1, 0}, {0, 1}}
	register(scenario{
		name:  "go-undrained-mixed",
		about: "six times 4 GETs at once, one body of each unread, default transport",
		snap:  512,
		serve: func(s *server) { serveMixed(s, len(side)) },
		call:  func(c *client) { getMixed(c, side, http.DefaultMaxIdleConnsPerHost) },
		want:  want{entries: 24, reused: 5 * 2, syns: 4 + 5*2},
	})
	// The first and the fourth burst show that there was room for all four.
	room := []mixedRound{{0, 0}, {1, 0}, {2, 0}, {0, 0}, {1, 0}}
	register(scenario{
		name:  "go-undrained-room",
		about: "five times 4 GETs at once, up to two bodies unread, MaxIdleConnsPerHost 4",
		serve: func(s *server) { serveMixed(s, len(room)) },
		call:  func(c *client) { getMixed(c, room, mixedSize) },
		want:  want{entries: 20, reused: 4 + 3 + 2 + 4, syns: 4 + 1 + 2},
	})
}

func serveMixed(s *server, times int) {
	bursts := newBursts(times, mixedSize)
	s.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
		bursts.wait(r)
		if path.Base(r.URL.Path) == "unread-large" {
			answer(w, largeBody)
		} else {
			answer(w, smallBody)
		}
	})
}

func getMixed(c *client, mixed []mixedRound, idle int) {
	c.http.Transport = transport(func(t *http.Transport) { t.MaxIdleConnsPerHost = idle })
	for i, round := range mixed {
		folder := burstPath(i)
		var calls []func()
		for j := 0; j < mixedSize; j++ {
			switch {
			case j < round.unread:
				calls = append(calls, func() { c.get(folder + "/unread").Body.Close() })
			case j < round.unread+round.unreadLarge:
				calls = append(calls, func() { c.get(folder + "/unread-large").Body.Close() })
			default:
				calls = append(calls, func() { c.getAndDrain(folder + "/read") })
			}
		}
		atOnce(calls...)
		time.Sleep(pause)
	}
}
