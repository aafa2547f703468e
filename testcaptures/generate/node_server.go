package main

// Node's HTTP server closes a connection that was idle for 5 s, and says so in
// every answer: Keep-Alive: timeout=5. Go's client does not heed it; undici
// closes a second before.

import (
	_ "embed" // the script is part of the program
	"encoding/json"
	"net"
	"os"
	"strconv"
	"time"
)

//go:embed node_server.js
var nodeServerScript string

const nodeBook = "book.json"

func init() {
	const pause = 7000 * time.Millisecond
	register(scenario{
		name:  "node-server-idle",
		about: "two times two GETs by Go and 7 s, Node's server as it is by default",
		needs: []string{"node"},
		stage: func(st *stage) (func() error, error) {
			address, err := st.startNodeServer()
			return func() error { return st.runGoClient(address) }, err
		},
		call: func(c *client) {
			for i := 0; i < 2; i++ {
				getDrained(c, 2)
				time.Sleep(pause)
			}
		},
		want: want{entries: 4, reused: 2, syns: 2},
	})
	register(scenario{
		name:  "node-fetch-idle",
		about: "two times fetch and 5.5 s, Node's server as it is by default",
		needs: []string{"node"},
		stage: func(st *stage) (func() error, error) {
			address, err := st.startNodeServer()
			return func() error { return st.nodeClient(address, "fetch-pause", "/1", "/2") }, err
		},
		want: want{entries: 2, reused: 0, syns: 2},
	})
}

// startNodeServer returns where it listens. Its book goes into the truth when
// it is stopped.
func (st *stage) startNodeServer() (string, error) {
	address, err := freeAddress()
	if err != nil {
		return "", err
	}
	st.captured(address)
	st.truth.Servers = []string{address}
	if err := st.saidNode(); err != nil {
		return "", err
	}
	if err := os.WriteFile(st.path("node_server.js"), []byte(nodeServerScript), 0o644); err != nil {
		return "", err
	}
	st.onStop(func() error {
		book, err := st.read(nodeBook)
		if err != nil {
			return err
		}
		return json.Unmarshal(book, &st.truth.ServerConnections)
	})
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	_, err = st.startAt(address, "node", "node_server.js", host, port, strconv.Itoa(smallBody), nodeBook)
	return address, err
}
