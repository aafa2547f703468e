package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

// A capture that begins while things go on: of a connection that was open
// before nobody can tell what it did.

const lateBy = 500 * time.Millisecond

func init() {
	register(scenario{
		name:  "late-capture",
		about: "a connection of one pool is idle when the capture begins; another pool dials",
		late:  lateBy,
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call: func(c *client) {
			// Probes show the connection in the capture, and nothing of what it did.
			probing := net.Dialer{KeepAlive: time.Second}
			early := transport(func(t *http.Transport) { t.DialContext = probing.DialContext })
			c.http.Transport = early
			c.getAndDrain("/before")
			time.Sleep(2500 * time.Millisecond)
			c.http.Transport = transport(nil)
			c.getAndDrain("/other-pool")
			c.getAndDrain("/other-pool-again")
			c.http.Transport = early
			c.getAndDrain("/after")
		},
		want: want{entries: 4, reused: 2, syns: 2},
	})
}

// beginLate leaves out the packets of a pcap file that came less than after
// from the first, as if tcpdump had been started then.
func beginLate(path string, after time.Duration) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var begin time.Time
	kept := append([]byte{}, data[:pcapFileHeader]...)
	err = eachPacket(data, func(header, frame []byte) {
		at := packetTime(header)
		if begin.IsZero() {
			begin = at.Add(after)
		}
		if !at.Before(begin) {
			kept = append(append(kept, header...), frame...)
		}
	})
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, kept, 0o644)
}
