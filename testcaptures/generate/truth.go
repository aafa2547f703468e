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
	Captures          []string // file names, when there are several
	Go                string
	Programs          []string // others than Go's, with their versions
	Servers           []string
	ClientIP          string
	Requests          []*request
	Handshakes        []*handshake
	ServerConnections []*serverConnection
	ServerLog         []json.RawMessage // the log of a server that is not Go's
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

	// Only of answers over TLS or HTTP/2.
	Proto *string   `json:"proto,omitempty"`
	TLS   *tlsFacts `json:"tls,omitempty"`

	// Only where it differs from the URL's: the host that was asked for.
	Host *string `json:"host,omitempty"`
	// Only where there is some: the bytes of early data, negative if refused.
	EarlyData *int `json:"early_data,omitempty"`
	// Only where the program says it: the id of the stream.
	Stream *int `json:"stream,omitempty"`
	// Only where the program says it: it dropped the connection after this
	// answer, because its pool was full.
	Discarded *bool `json:"discarded,omitempty"`
	// Only over QUIC, where the two ends do not tell: the client's number of
	// the connection, from 1.
	Connection *int `json:"connection,omitempty"`
}

// tlsFacts is what crypto/tls says about a connection.
type tlsFacts struct {
	Version string `json:"version"`
	ALPN    string `json:"alpn"`
	SNI     string `json:"sni"`
	Resumed bool   `json:"resumed"`
}

// handshake is one call of httptrace.ClientTrace.TLSHandshakeDone: N is the
// call that wanted the connection, not always the one that got it. Over QUIC
// there is the number of the connection instead.
type handshake struct {
	N          int       `json:"n,omitempty"`
	Connection *int      `json:"connection,omitempty"`
	TLS        *tlsFacts `json:"tls"`
	EarlyData  *bool     `json:"early_data,omitempty"` // accepted
	Error      *string   `json:"error"`
}

// serverConnection is a connection as the server saw it.
type serverConnection struct {
	Remote   string `json:"remote"`
	Server   string `json:"server,omitempty"` // where it was accepted, if there are several
	Requests int    `json:"requests"`
	// ClosedByServer: the server closed it without having been told, by the
	// end of the stream or a reset, that the client had. Null over TLS, where
	// a close_notify may have said so.
	ClosedByServer *bool `json:"closed_by_server"`

	TLS *tlsFacts `json:"tls,omitempty"`
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
	if len(t.Captures) > 1 {
		fmt.Fprintf(&out, "  \"captures\": %s,\n", compact(t.Captures))
	}
	fmt.Fprintf(&out, "  \"go\": %s,\n", compact(orNull(t.Go)))
	if len(t.Programs) > 0 {
		fmt.Fprintf(&out, "  \"programs\": %s,\n", compact(t.Programs))
	}
	fmt.Fprintf(&out, "  \"servers\": %s,\n", compact(t.Servers))
	fmt.Fprintf(&out, "  \"client_ip\": %s,\n", compact(t.ClientIP))
	fmt.Fprintf(&out, "  \"requests\": %s,\n", lines(t.Requests))
	if len(t.Handshakes) > 0 {
		fmt.Fprintf(&out, "  \"handshakes\": %s,\n", lines(t.Handshakes))
	}
	fmt.Fprintf(&out, "  \"server_connections\": %s,\n", lines(t.ServerConnections))
	if len(t.ServerLog) > 0 {
		fmt.Fprintf(&out, "  \"server_log\": %s,\n", lines(t.ServerLog))
	}
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

// orNull turns a fact that there is not into null.
func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
