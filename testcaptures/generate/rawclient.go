package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// rawClientConn is a client's connection without net/http's client. It keeps
// its own book, in httptrace's words: a request is reused if one went before
// on this connection, and was idle if nothing was outstanding then.
type rawClientConn struct {
	net.Conn
	client      *client
	buffered    *bufio.Reader
	sent        int
	outstanding []*request
	idleSince   time.Time
}

// dial connects to the first server. Go sets TCP_NODELAY, so that every Write
// is a segment of its own.
func (c *client) dial() *rawClientConn {
	conn, err := net.Dial("tcp4", c.servers[0])
	exitOn(err)
	return &rawClientConn{Conn: conn, client: c, buffered: bufio.NewReader(conn)}
}

// requestText makes the text of a request.
func requestText(lines ...string) string {
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// send writes the texts of whole requests in one Write.
func (c *rawClientConn) send(texts ...string) {
	for _, text := range texts {
		c.note(text)
	}
	c.write(strings.Join(texts, ""))
}

// sendSplit writes one request in two pieces.
func (c *rawClientConn) sendSplit(text string, at int, pause time.Duration) {
	c.note(text)
	c.write(text[:at])
	time.Sleep(pause)
	c.write(text[at:])
}

func (c *rawClientConn) write(text string) {
	_, err := io.WriteString(c, text)
	exitOn(err)
}

// note enters a request into the truth.
func (c *rawClientConn) note(text string) {
	wasIdle := c.sent > 0 && len(c.outstanding) == 0
	idle := time.Duration(0)
	if wasIdle {
		idle = time.Since(c.idleSince)
	}
	c.client.mutex.Lock()
	defer c.client.mutex.Unlock()
	method, rest, _ := strings.Cut(text, " ")
	path, _, _ := strings.Cut(rest, " ")
	c.client.calls++
	noted := &request{
		N:       c.client.calls,
		Method:  method,
		URL:     c.client.url(path),
		Path:    path,
		Server:  some(c.RemoteAddr().String()),
		Local:   some(c.LocalAddr().String()),
		Reused:  some(c.sent > 0),
		WasIdle: some(wasIdle),
		IdleMS:  some(milliseconds(idle)),
		Wrote:   true,
		Attempt: 1,
	}
	c.client.said.Requests = append(c.client.said.Requests, noted)
	c.outstanding = append(c.outstanding, noted)
	c.sent++
}

// receive reads the whole answer to the oldest request without one.
func (c *rawClientConn) receive() {
	answer, err := http.ReadResponse(c.buffered, nil)
	exitOn(err)
	size, err := io.Copy(io.Discard, answer.Body)
	exitOn(err)
	answered := c.outstanding[0]
	c.outstanding = c.outstanding[1:]
	answered.Status = some(answer.StatusCode)
	answered.BodyBytesRead = size
	answered.BodyEOF = true
	c.idleSince = time.Now()
}

// receiveHead reads an answer that ends HTTP on this connection.
func (c *rawClientConn) receiveHead() {
	answer, err := http.ReadResponse(c.buffered, nil)
	exitOn(err)
	c.outstanding[0].Status = some(answer.StatusCode)
	c.outstanding = c.outstanding[1:]
}

// readUntilClosed waits for the server's end of the stream.
func (c *rawClientConn) readUntilClosed() {
	_, err := io.Copy(io.Discard, c.buffered)
	exitOn(err)
}
