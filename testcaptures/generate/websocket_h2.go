package main

import (
	"os"
	"strings"
)

// A WebSocket over HTTP/2 is one stream beside others. nghttpx turns it into
// an upgrade towards its backend.

func init() {
	register(scenario{
		name:   "websocket-h2",
		about:  "extended CONNECT between GETs, HTTP/2 over TLS, nghttpx",
		needs:  []string{"nghttpx", needsPythonH2},
		hidden: 1,
		serve:  func(s *server) { s.serveHTTP(serveWebSocket) },
		stage: func(st *stage) (func() error, error) {
			address, err := st.startNghttpx("tls", st.path(keyFile), st.path(certificateFile))
			if err != nil {
				return nil, err
			}
			if err := os.WriteFile(st.path("script.py"), []byte(websocketH2Script), 0o644); err != nil {
				return nil, err
			}
			host, port, _ := strings.Cut(address, ":")
			return func() error {
				output, err := st.run(systemPython, "script.py", host, port, "a.example", authorityFile)
				if err != nil {
					return err
				}
				return st.enterScript(output, address, "HTTP/2.0")
			}, nil
		},
		want: want{entries: 4, reused: 3, syns: 1},
	})
}

// systemPython is the one that finds Debian's modules.
const systemPython = "/usr/bin/python3"

// needsPythonH2 is for scenario.needs.
const needsPythonH2 = "python3-h2"
