package main

import (
	"errors"
	"net"
	"syscall"
)

// A connection to one address cannot serve another, even if the port is the
// same: two connections, and nothing was missed.

func init() {
	register(scenario{
		name:  "go-two-servers",
		about: "a GET to each of 127.0.0.1:P and 127.0.0.2:P",
		serve: func(s *server) {
			for _, listener := range listenOnBoth(s) {
				s.serveHTTPOn(listener, fixed(smallBody))
			}
		},
		call: func(c *client) {
			for _, address := range c.servers {
				c.getURL("http://" + address + "/")
			}
		},
		want: want{entries: 2, reused: 0, syns: 2},
	})
}

// listenOnBoth finds a port that is free on both addresses.
func listenOnBoth(s *server) [2]net.Listener {
	for {
		first := s.listen("127.0.0.1:0")
		_, port, _ := net.SplitHostPort(first.Addr().String())
		probe, err := net.Listen("tcp4", "127.0.0.2:"+port)
		if errors.Is(err, syscall.EADDRINUSE) {
			first.Close()
			s.addresses = nil
			continue
		}
		exitOn(err)
		probe.Close()
		return [2]net.Listener{first, s.listen("127.0.0.2:" + port)}
	}
}
