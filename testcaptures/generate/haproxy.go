package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

// HAProxy before a Go server, both legs in the capture. By default it keeps
// its connections on both sides, and uses one to the server for others'
// requests, too, if http-reuse lets it.

// haproxyConfiguration: %1 is where it listens, %2 the server behind it, %3
// what differs. The log, a JSON object a line, is part of the truth: client
// and backend are the other ends of the two connections that a request took;
// connect_ms is how long the one to the server took to open.
const haproxyConfiguration = `
global
    log stdout format raw local0
defaults
    mode http
    log global
    log-format '{"client":"%%ci:%%cp","backend":"%%bi:%%bp","server":"%%si:%%sp","connect_ms":%%Tc,"method":"%%HM","uri":"%%HP","status":%%ST,"ended":"%%ts"}'
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    %[3]s
frontend proxy
    bind %[1]s
    default_backend servers
backend servers
    server first %[2]s
`

func init() {
	const calls = 6
	drained := func(c *client) { getDrained(c, calls) }
	registerHAProxy("haproxy-close", "option httpclose", "option httpclose",
		drained, want{calls, 0, 2 * calls})
	registerHAProxy("haproxy-server-close", "option http-server-close", "option http-server-close",
		drained, want{calls, calls - 1, 1 + calls})
	registerHAProxy("haproxy-keep-alive", "as it is by default", "",
		drained, want{calls, calls - 1, 2})
	registerHAProxy("haproxy-reuse", "a connection a call, http-reuse always", "http-reuse always",
		func(c *client) {
			c.http.Transport = transport(func(t *http.Transport) { t.DisableKeepAlives = true })
			getDrained(c, calls)
		}, want{calls, 0, calls + 1})
}

func registerHAProxy(name, about, option string, call func(*client), want want) {
	register(scenario{
		name:  name,
		about: "six GETs by Go to HAProxy before Go: " + about,
		needs: []string{"haproxy"},
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		stage: func(st *stage) (func() error, error) {
			address, err := st.startHAProxy(option)
			return func() error { return st.runGoClient(address) }, err
		},
		call: call,
		want: want,
	})
}

// startHAProxy starts HAProxy before the server half and returns where it
// listens. Its log goes into the truth when it is stopped.
func (st *stage) startHAProxy(option string) (string, error) {
	address, err := freeAddress()
	if err != nil {
		return "", err
	}
	st.captured(address)
	st.truth.Servers = []string{address}
	backends, err := st.startGoServer()
	if err != nil {
		return "", err
	}
	st.enterServers(backends)
	if err := st.said("haproxy", "-v"); err != nil {
		return "", err
	}
	configuration := fmt.Sprintf(haproxyConfiguration, address, backends[0], option)
	if err := os.WriteFile(st.path("haproxy.cfg"), []byte(configuration), 0o644); err != nil {
		return "", err
	}
	st.onStop(st.enterHAProxyLog)
	_, err = st.startAt(address, "haproxy", "-db", "-f", "haproxy.cfg")
	return address, err
}

// enterHAProxyLog enters the lines that are not HAProxy's own notices.
func (st *stage) enterHAProxyLog() error {
	output, err := st.read("haproxy.output")
	if err != nil {
		return err
	}
	for _, line := range bytes.Split(output, []byte("\n")) {
		if json.Valid(line) {
			st.truth.ServerLog = append(st.truth.ServerLog, line)
		}
	}
	return nil
}
