package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// The race of every connection pool: the server closes an idle connection
// while the client sends the next request on it. On loopback the client would
// know at once, so its end of the stream is delivered late, as a slow network
// would.

const (
	staleServerPatience = 300 * time.Millisecond
	staleLatency        = 200 * time.Millisecond
	// After the server's FIN, and before the client hears of it.
	staleSecondCall = staleServerPatience + 75*time.Millisecond
)

func init() {
	register(scenario{
		name:  "go-stale",
		about: "a GET sent 75 ms after the server closed, retried by net/http",
		serve: func(s *server) {
			s.serveRaw(func(conn *rawConn) {
				for conn.request(staleServerPatience) {
					conn.answer()
				}
			})
		},
		call: func(c *client) {
			c.http.Transport = transport(func(t *http.Transport) { t.DialContext = dialSlowly })
			c.getAndDrain("/first")
			time.Sleep(staleSecondCall)
			c.getAndDrain("/second")
		},
		want: want{entries: 3, reused: 1, syns: 2},
	})
}

func dialSlowly(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return lateEnd{conn}, nil
}

// lateEnd delivers the end of the stream staleLatency after it arrived.
type lateEnd struct{ net.Conn }

func (c lateEnd) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if errors.Is(err, io.EOF) {
		time.Sleep(staleLatency)
	}
	return n, err
}
