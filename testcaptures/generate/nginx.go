package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

const (
	nginxConfiguration = "nginx.conf"
	nginxLog           = "access.log"
)

// nginxFrame is what every nginx here shares. It runs as one process, so that
// ending it by its id ends all of it. Its log, a JSON object a line, is part
// of the truth. nginx writes a line when the answer is sent.
const nginxFrame = `
daemon off;
master_process off;
pid %[1]s/nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
    log_format truth escape=json '{"connection":$connection,"connection_requests":$connection_requests,'
        '"remote":"$remote_addr:$remote_port","method":"$request_method","uri":"$request_uri","status":$status,'
        '"protocol":"$server_protocol","tls":"$ssl_protocol","session_reused":"$ssl_session_reused",'
        '"early_data":"$ssl_early_data","server":"$server_addr:$server_port","upstream":"$upstream_addr","upstream_connect_s":"$upstream_connect_time"}';
    access_log %[1]s/access.log truth;
    client_body_temp_path %[1]s/body;
    proxy_temp_path %[1]s/proxy;
    fastcgi_temp_path %[1]s/fastcgi;
    uwsgi_temp_path %[1]s/uwsgi;
    scgi_temp_path %[1]s/scgi;
    default_type text/plain;
    ssl_certificate %[1]s/cert.pem;
    ssl_certificate_key %[1]s/key.pem;
%[2]s
}
`

// startNginx starts nginx with the given content of its http block, which must
// make it listen at address. The log goes into the truth when it is stopped.
func (st *stage) startNginx(address, content string) error {
	if err := st.said("nginx", "-v"); err != nil {
		return err
	}
	configuration := fmt.Sprintf(nginxFrame, st.folder, content)
	if err := os.WriteFile(st.path(nginxConfiguration), []byte(configuration), 0o644); err != nil {
		return err
	}
	st.onStop(func() (err error) {
		st.truth.ServerLog, err = readJSONLines(st.path(nginxLog))
		return err
	})
	_, err := st.startAt(address, "nginx", "-p", st.folder, "-c", st.path(nginxConfiguration), "-e", "stderr")
	return err
}

func readJSONLines(path string) ([]json.RawMessage, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all []json.RawMessage
	for _, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		if !json.Valid(line) {
			return nil, fmt.Errorf("%s has a line that is not JSON: %s", path, line)
		}
		all = append(all, line)
	}
	return all, nil
}

// nginxText makes nginx itself answer, with a body of size bytes.
func nginxText(size int) string {
	return fmt.Sprintf("location / { return 200 %q; }", string(body(size)))
}

// nginxAndGo is the stage of scenarios in which the client half calls an nginx
// that listens with these options, and whose http block has this content.
func nginxAndGo(options, content string) func(*stage) (func() error, error) {
	return func(st *stage) (func() error, error) {
		address, err := st.startNginxOnFreePort(options, content)
		if err != nil {
			return nil, err
		}
		return func() error { return st.runGoClient(address) }, nil
	}
}

// startNginxOnFreePort starts nginx, and before it the server half, if there is
// one. In content, LISTEN, PORT, BACKEND (the first one) and SERVERS (a line for each
// of them) stand for what is only known now.
func (st *stage) startNginxOnFreePort(options, content string) (string, error) {
	address, err := freeAddress()
	if err != nil {
		return "", err
	}
	st.captured(address)
	st.truth.Servers = []string{address}
	if st.scenario.serve != nil {
		backends, err := st.startGoServer()
		if err != nil {
			return "", err
		}
		st.enterServers(backends)
		content = strings.ReplaceAll(content, "BACKEND", backends[0])
		content = strings.ReplaceAll(content, "SERVERS", "server "+strings.Join(backends, "; server ")+";")
	}
	content = strings.ReplaceAll(content, "LISTEN", "listen "+address+" "+options+";")
	content = strings.ReplaceAll(content, "PORT", address[strings.LastIndex(address, ":")+1:])
	return address, st.startNginx(address, content)
}
