package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// truth is what the programs said about one capture. It is never taken from
// the capture itself. Facts that a program did not have are null.
type truth struct {
	Scenario          string
	Go                string
	Servers           []string
	ClientIP          string
	Requests          []*request
	ServerConnections []*serverConnection
	TimeWait          timeWait
}

// request is one attempt to send a request: one call of
// httptrace.ClientTrace.GotConn, or the whole call when it never got a
// connection. When net/http retries by itself, N stays and Attempt grows.
type request struct {
	N             int      `json:"n"`
	Method        string   `json:"method"`
	URL           string   `json:"url"`
	Path          string   `json:"path"`
	Server        *string  `json:"server"`
	Local         *string  `json:"local"`
	Reused        *bool    `json:"reused"`
	WasIdle       *bool    `json:"was_idle"`
	IdleMS        *float64 `json:"idle_ms"`
	Wrote         bool     `json:"wrote"`
	Status        *int     `json:"status"`
	Error         *string  `json:"error"`
	BodyBytesRead int64    `json:"body_bytes_read"`
	BodyEOF       bool     `json:"body_eof"`
	Attempt       int      `json:"attempt"`
}

// serverConnection is a connection as the server saw it.
type serverConnection struct {
	Remote   string `json:"remote"`
	Requests int    `json:"requests"`
	// ClosedByServer: the server closed it without having been told, by the
	// end of the stream or a reset, that the client had.
	ClosedByServer bool `json:"closed_by_server"`
}

// timeWait counts the sockets left in TIME_WAIT on each side shortly after
// the client's exit.
type timeWait struct {
	Client int `json:"client"`
	Server int `json:"server"`
}

// write stores the truth with one request and one connection a line.
func (t *truth) write(path string) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\n  \"scenario\": %s,\n", compact(t.Scenario))
	fmt.Fprintf(&out, "  \"go\": %s,\n", compact(t.Go))
	fmt.Fprintf(&out, "  \"servers\": %s,\n", compact(t.Servers))
	fmt.Fprintf(&out, "  \"client_ip\": %s,\n", compact(t.ClientIP))
	fmt.Fprintf(&out, "  \"requests\": %s,\n", lines(t.Requests))
	fmt.Fprintf(&out, "  \"server_connections\": %s,\n", lines(t.ServerConnections))
	fmt.Fprintf(&out, "  \"time_wait\": %s\n}\n", compact(t.TimeWait))
	return os.WriteFile(path, out.Bytes(), 0o666)
}

func lines[T any](items []T) string {
	if items == nil {
		return "null"
	}
	var out bytes.Buffer
	out.WriteString("[")
	for i, item := range items {
		if i > 0 {
			out.WriteString(",")
		}
		out.WriteString("\n    " + compact(item))
	}
	out.WriteString("\n  ]")
	return out.String()
}

// compact writes v on one line, and > as it is. It never fails on the types of
// this file.
func compact(v any) string {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func some[T any](v T) *T { return &v }
