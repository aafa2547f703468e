package main

import (
	"fmt"
	"math/rand"
	"net/http"
	"path"
	"strconv"
	"time"
)

// Requests that come whether the ones before are answered or not, as those of
// many users do: at times and with answers as slow as a seed says, the same in
// each run.

const arrivals = 120

func init() {
	for name, idle := range map[string]int{"go-schedule-two-idle": 2, "go-schedule-20-idle": 20} {
		idle := idle
		register(scenario{
			name:  name,
			about: fmt.Sprintf("120 GETs at times of their own, MaxIdleConnsPerHost %d", idle),
			serve: func(s *server) { s.serveHTTP(answerAfterPath) },
			call:  func(c *client) { keepSchedule(c, idle) },
			want:  want{entries: arrivals, reused: varies, syns: varies},
		})
	}
}

// answerAfterPath takes as many milliseconds as the path says.
func answerAfterPath(w http.ResponseWriter, r *http.Request) {
	ms, _ := strconv.Atoi(path.Base(r.URL.Path))
	time.Sleep(time.Duration(ms) * time.Millisecond)
	answer(w, smallBody)
}

func keepSchedule(c *client, idle int) {
	const meanGap = 8 // ms
	random := rand.New(rand.NewSource(11))
	c.http.Transport = transport(func(t *http.Transport) { t.MaxIdleConnsPerHost = idle })
	calls := make([]func(), arrivals)
	var at time.Duration
	for i := range calls {
		at += time.Duration(random.ExpFloat64() * meanGap * float64(time.Millisecond))
		start, way := at, fmt.Sprintf("/%d", 5+random.Intn(35))
		calls[i] = func() {
			time.Sleep(start)
			c.getAndDrain(way)
		}
	}
	atOnce(calls...)
	time.Sleep(pause)
}
