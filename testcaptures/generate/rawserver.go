package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// A rawConn is a server's connection without net/http's server: the scenario
// decides about every byte and about the close.
type rawConn struct {
	*bookedConn
	buffered *bufio.Reader
}

// serveRaw hands every connection to serve, and closes it when that returns.
func (s *server) serveRaw(serve func(*rawConn)) {
	s.serveRawOn(s.listen("127.0.0.1:0"), serve)
}

func (s *server) serveRawOn(listener net.Listener, serve func(*rawConn)) {
	go func() {
		for {
			accepted, err := listener.Accept()
			exitOn(err)
			booked := accepted.(*bookedConn)
			go func() {
				defer booked.Close()
				serve(&rawConn{bookedConn: booked, buffered: bufio.NewReader(booked)})
			}()
		}
	}()
}

// request reads one request with its body, waiting for at most patience (0
// waits for ever). It returns false when there is none to come.
func (c *rawConn) request(patience time.Duration) bool {
	if patience > 0 {
		c.SetReadDeadline(time.Now().Add(patience))
	}
	r, err := http.ReadRequest(c.buffered)
	if err != nil {
		return false
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return false
	}
	c.server.countRequest(c.known.Remote)
	return true
}

// answer writes a 200 with a small body of known length. Each header is a
// line without its end.
func (c *rawConn) answer(headers ...string) {
	headers = append(headers, fmt.Sprintf("Content-Length: %d", smallBody))
	c.answerExactly(headers, smallBody)
}

func (c *rawConn) answerExactly(headers []string, size int) {
	lines := append([]string{"HTTP/1.1 200 OK", "Content-Type: text/plain"}, headers...)
	head := strings.Join(lines, "\r\n") + "\r\n\r\n"
	c.Write(append([]byte(head), body(size)...)) // an error shows at the next read
}
