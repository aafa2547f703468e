package main

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"time"
)

// A WebSocket takes a connection out of HTTP: the upgrade is its last request.

func init() {
	register(scenario{
		name:  "websocket",
		about: "a hand-written GET, then an upgrade on its connection",
		serve: func(s *server) { s.serveHTTP(serveWebSocket) },
		call: func(c *client) {
			conn := c.dial()
			defer conn.Close()
			conn.send(requestText("GET /page HTTP/1.1", "Host: "+c.servers[0]))
			conn.receive()
			time.Sleep(20 * time.Millisecond)
			conn.send(requestText(append([]string{"GET /socket HTTP/1.1", "Host: " + c.servers[0]}, upgradeLines...)...))
			conn.receiveHead()
			chat(conn, conn.buffered)
			conn.readUntilClosed()
		},
		want: want{entries: 2, reused: 1, syns: 1},
	})
	register(scenario{
		name:  "websocket-go",
		about: "a GET, an upgrade to a WebSocket, another GET, by net/http",
		serve: func(s *server) { s.serveHTTP(serveWebSocket) },
		call: func(c *client) {
			c.getAndDrain("/page")
			upgradeAndChat(c)
			c.getAndDrain("/after")
		},
		// net/http keeps the connections of upgrades apart from the others.
		want: want{entries: 3, reused: 1, syns: 2},
	})
}

// The bytes of RFC 6455 that this takes: whole frames of less than 126 bytes.
const (
	frameText  = 0x81
	frameClose = 0x88
	maskBit    = 0x80
	acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
)

// serveWebSocket answers GETs, and sends back what comes through a WebSocket.
func serveWebSocket(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		answer(w, smallBody)
		return
	}
	conn, buffered, err := w.(http.Hijacker).Hijack()
	exitOn(err)
	defer conn.Close()
	conn.SetDeadline(time.Time{})
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + acceptGUID))
	buffered.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n")
	buffered.Flush()
	for {
		kind, text := readFrame(buffered.Reader)
		writeFrame(conn, kind, text, false)
		if kind == frameClose {
			return
		}
	}
}

// upgradeLines are a client's headers. The key may be anything.
var upgradeLines = []string{
	"Upgrade: websocket",
	"Connection: Upgrade",
	"Sec-WebSocket-Version: 13",
	"Sec-WebSocket-Key: " + base64.StdEncoding.EncodeToString([]byte("sixteen bytes ok")),
}

func upgradeAndChat(c *client) {
	r, err := http.NewRequest(http.MethodGet, c.url("/socket"), nil)
	exitOn(err)
	for _, line := range upgradeLines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	answer, err := c.do(r)
	exitOn(err)
	socket := answer.Body.(*bookedBody).ReadCloser.(io.ReadWriteCloser)
	defer socket.Close()
	chat(socket, bufio.NewReader(socket))
}

// chat sends three texts, reads each one's echo, and says good-bye.
func chat(socket io.Writer, reader *bufio.Reader) {
	for _, text := range []string{"one", "two", "three"} {
		writeFrame(socket, frameText, text, true)
		readFrame(reader)
		time.Sleep(20 * time.Millisecond)
	}
	writeFrame(socket, frameClose, "\x03\xe8", true) // 1000: normal
	readFrame(reader)
}

func writeFrame(w io.Writer, kind byte, text string, masked bool) {
	frame := []byte{kind, byte(len(text))}
	if !masked {
		frame = append(frame, text...)
	} else {
		mask := []byte{1, 2, 3, 4}
		frame[1] |= maskBit
		frame = append(frame, mask...)
		for i := range text {
			frame = append(frame, text[i]^mask[i%len(mask)])
		}
	}
	_, err := w.Write(frame)
	exitOn(err)
}

func readFrame(r *bufio.Reader) (kind byte, text string) {
	head := make([]byte, 2)
	_, err := io.ReadFull(r, head)
	exitOn(err)
	mask := make([]byte, 4)
	if head[1]&maskBit != 0 {
		_, err = io.ReadFull(r, mask)
		exitOn(err)
	}
	content := make([]byte, head[1]&^maskBit)
	_, err = io.ReadFull(r, content)
	exitOn(err)
	for i := range content {
		content[i] ^= mask[i%len(mask)]
	}
	return head[0], string(content)
}
