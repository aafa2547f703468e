package main

import (
	_ "embed" // the scripts are part of the program
	"encoding/json"
	"fmt"
	"os"
)

// Clients written in other languages, for what neither Go nor curl can do, and
// what they print at their end.
type scriptReport struct {
	Requests   []scriptRequest `json:"requests"`
	Handshakes []struct {
		tlsFacts
		EarlyData bool `json:"early_data"`
	} `json:"handshakes"`
}

type scriptRequest struct {
	Method string `json:"method"`
	URL    string `json:"url"`
	Path   string `json:"path"`
	Local  string `json:"local"`
	Status *int   `json:"status"`
	Bytes  int64  `json:"bytes"`
	EOF    bool   `json:"eof"`
	Reused bool   `json:"reused"`

	// Only of clients that say it.
	Stream     *int    `json:"stream"`
	Connection *int    `json:"connection"`
	WasIdle    *bool   `json:"was_idle"`
	Discarded  *bool   `json:"discarded"`
	Error      *string `json:"error"`
}

var (
	//go:embed websocket_h2.py
	websocketH2Script string
	//go:embed h3_client.py
	h3ClientScript string
	//go:embed h3_server.py
	h3ServerScript string
)

// scriptClient runs a script with the program that knows its language, and
// enters what it printed. Over HTTP/1.1 without TLS.
func (st *stage) scriptClient(server, program, name, script string, arguments ...string) error {
	if err := os.WriteFile(st.path(name), []byte(script), 0o644); err != nil {
		return err
	}
	output, err := st.run(program, append([]string{name}, arguments...)...)
	if err != nil {
		return err
	}
	return st.enterScript(output, server, "")
}

// enterScript enters what a script printed into the truth.
func (st *stage) enterScript(output []byte, server, protocol string) error {
	var said scriptReport
	if err := json.Unmarshal(output, &said); err != nil {
		return fmt.Errorf("the script said %q: %w", output, err)
	}
	for _, r := range said.Requests {
		st.truth.Requests = append(st.truth.Requests, &request{
			N:             len(st.truth.Requests) + 1,
			Method:        r.Method,
			URL:           r.URL,
			Path:          r.Path,
			Server:        some(server),
			Local:         orNull(r.Local),
			Reused:        some(r.Reused),
			WasIdle:       r.WasIdle,
			Discarded:     r.Discarded,
			Wrote:         true,
			Status:        r.Status,
			BodyBytesRead: r.Bytes,
			BodyEOF:       r.EOF,
			Attempt:       1,
			Proto:         orNull(protocol),
			Error:         r.Error,
			Stream:        r.Stream,
			Connection:    r.Connection,
		})
	}
	for i := range said.Handshakes {
		done := said.Handshakes[i]
		st.truth.Handshakes = append(st.truth.Handshakes,
			&handshake{Connection: some(i + 1), TLS: &done.tlsFacts, EarlyData: some(done.EarlyData)})
	}
	return nil
}
