package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"time"
)

// caddyfile makes caddy answer for a.example over HTTP/1.1, HTTP/2 and HTTP/3.
const caddyfile = `{
	admin off
	auto_https off
}
https://a.example:%[1]s {
	bind 127.0.0.1
	tls %[2]s/cert.pem %[2]s/key.pem
	log {
		output file %[2]s/caddy.log
		format json
	}
	respond "%[3]s"
}
`

// startCaddy returns caddy's address. Its log goes into the truth when it is
// stopped.
func (st *stage) startCaddy() (string, error) {
	address, err := freeAddress()
	if err != nil {
		return "", err
	}
	st.captured(address)
	st.truth.Servers = []string{address}
	_, port, _ := net.SplitHostPort(address)
	text := fmt.Sprintf(caddyfile, port, st.folder, body(smallBody))
	if err := os.WriteFile(st.path("Caddyfile"), []byte(text), 0o644); err != nil {
		return "", err
	}
	version, err := st.run("caddy", "version")
	if err != nil {
		return "", err
	}
	st.truth.Programs = append(st.truth.Programs, "caddy "+firstLine(version))
	st.onStop(func() (err error) {
		st.truth.ServerLog, err = st.readCaddyLog()
		return err
	})
	if _, err := st.startAt(address, "caddy", "run", "--config", "Caddyfile"); err != nil {
		return "", err
	}
	// QUIC follows TCP, and cannot be asked for without a packet.
	time.Sleep(300 * time.Millisecond)
	return address, nil
}

// readCaddyLog keeps of caddy's lines what matters here.
func (st *stage) readCaddyLog() ([]json.RawMessage, error) {
	lines, err := readJSONLines(st.path("caddy.log"))
	if err != nil {
		return nil, err
	}
	for i, line := range lines {
		var said struct {
			Request struct {
				RemoteIP   string `json:"remote_ip"`
				RemotePort string `json:"remote_port"`
				Proto      string `json:"proto"`
				Method     string `json:"method"`
				Host       string `json:"host"`
				URI        string `json:"uri"`
				TLS        struct {
					Resumed    *bool   `json:"resumed"`
					ServerName *string `json:"server_name"`
				} `json:"tls"`
			} `json:"request"`
			Status int `json:"status"`
		}
		if err := json.Unmarshal(line, &said); err != nil {
			return nil, err
		}
		r := said.Request
		if r.Proto == "HTTP/3.0" {
			// This caddy prints false and "" whatever happened.
			r.TLS.Resumed, r.TLS.ServerName = nil, nil
		}
		lines[i], err = json.Marshal(map[string]any{
			"remote": net.JoinHostPort(r.RemoteIP, r.RemotePort), "protocol": r.Proto, "method": r.Method,
			"host": r.Host, "uri": r.URI, "status": said.Status, "resumed": r.TLS.Resumed, "sni": r.TLS.ServerName,
		})
		if err != nil {
			return nil, err
		}
	}
	return lines, nil
}
