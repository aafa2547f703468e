package main

import (
	"crypto/rand"
	"os"
	"strings"
)

// Early data of TLS 1.3: the request goes out with the ClientHello of a
// resumed session. Debian 13's curl can; nginx says whether it took it.

func init() {
	registerEarlyData("tls-early-data", "HTTP/1.1", "ssl", "127.0.0.1", "127.0.0.1", "127.0.0.1")
	registerEarlyData("h2-early-data", "HTTP/2", "ssl http2", "127.0.0.1", "127.0.0.1", "127.0.0.1")
	registerEarlyData("tls-early-data-refused", "HTTP/1.1, refused", "ssl", "127.0.0.1", "127.0.0.2")
}

// Every connection serves one request. The second server wants no early data,
// but has the ticket keys of the first, and stands in for it after a while.
const earlyDataServers = `
ssl_protocols TLSv1.3;
ssl_session_ticket_key ticket.key;
keepalive_requests 1;
server { LISTEN ssl_early_data on; SERVE }
server { listen 127.0.0.2:PORT OPTIONS; ssl_early_data off; SERVE }
`

// registerEarlyData has a.example called once at each of these addresses.
func registerEarlyData(name, about, options string, addresses ...string) {
	register(scenario{
		name:  name,
		about: "curl: a TLS connection a URL, all but the first with early data, " + about,
		needs: []string{"nginx", needsTrixie},
		twin:  true,
		stage: func(st *stage) (func() error, error) {
			key := make([]byte, 80) // the size that nginx wants
			if _, err := rand.Read(key); err != nil {
				return nil, err
			}
			if err := os.WriteFile(st.path("ticket.key"), key, 0o600); err != nil {
				return nil, err
			}
			content := strings.NewReplacer("SERVE", nginxText(smallBody), "OPTIONS", options).Replace(earlyDataServers)
			address, err := st.startNginxOnFreePort(options, content)
			if err != nil {
				return nil, err
			}
			_, port, _ := strings.Cut(address, ":")
			return func() error { return st.newerCurl(earlyDataArguments(port, addresses)...) }, nil
		},
		want: want{entries: len(addresses), reused: 0, syns: len(addresses)},
	})
}

// earlyDataArguments are those of one curl, in which every transfer has its own.
func earlyDataArguments(port string, addresses []string) []string {
	var arguments []string
	for i, address := range addresses {
		if i > 0 {
			arguments = append(arguments, append([]string{"--next"}, curlFixed...)...)
		}
		arguments = append(arguments, "--tls-earlydata", "--resolve", "a.example:"+port+":"+address,
			"-o", "/dev/null", "https://a.example:"+port+"/")
	}
	return arguments
}
