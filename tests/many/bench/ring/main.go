// Traffic for a ring: several hundred clients, each with an address of its own, at servers of Go
// and of nginx, until enough bytes have been carried. Run in a network namespace of its own by
// ring.py, which captures.
//
// SPDX-License-Identifier: GPL-2.0-or-later
package main

import (
	"flag"
	"io"
	"log"
	"math/rand"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

var (
	megabytes = flag.Int64("megabytes", 1000, "stop when the answers have carried so much")
	clients   = flag.Int("clients", 300, "how many")
	keysFile  = flag.String("keys", "keys.log", "write the TLS keys here")
	folder    = flag.String("certificates", ".", "write cert.pem and key.pem here")
	prepare   = flag.Bool("prepare", false, "only write these")
	withNginx = flag.Bool("nginx", false, "nginx serves, too, at 8081 and 8445")
)

var carried int64

func enough() bool { return atomic.LoadInt64(&carried) >= *megabytes*1_000_000 }

// keep reads a body to its end, or only the first n bytes of it.
func keep(response *http.Response, err error, n int64) bool {
	if err != nil {
		return false // a stale connection, or the end of the run: that is what the ring is for
	}
	read, _ := io.Copy(io.Discard, io.LimitReader(response.Body, n))
	response.Body.Close()
	atomic.AddInt64(&carried, read+600) // the headers of both, about
	return true
}

func main() {
	flag.Parse()
	log.SetFlags(0)
	pair := certificate(*folder)
	if *prepare {
		return
	}
	keys, err := os.Create(*keysFile)
	if err != nil {
		log.Fatal(err)
	}
	serve(pair)
	var running sync.WaitGroup
	for i := 0; i < *clients; i++ {
		running.Add(1)
		go func(c *client) {
			defer running.Done()
			time.Sleep(time.Duration(c.random.Intn(3000)) * time.Millisecond)
			for !enough() {
				c.behave()
			}
			c.transport.CloseIdleConnections()
		}(newClient(i, keys))
	}
	running.Wait()
}

// size of an answer: most are small, a few are not.
func size(random *rand.Rand) int {
	switch random.Intn(10) {
	case 0:
		return 40_000 + random.Intn(40_000)
	case 1, 2, 3:
		return 4_000 + random.Intn(12_000)
	default:
		return 200 + random.Intn(2_000)
	}
}
