package main

import (
	"strings"
	"time"
)

// HTTP/3: a connection is a QUIC connection, which has no SYN and may end
// without a word. aioquic follows the plans; they are explained in the script.

func init() {
	registerH3("h3-caddy", "five GETs in turn, ten at once, CONNECTION_CLOSE", want{15, 14, 0},
		"connect get:5 burst:10 close")
	registerH3("h3-two-connections", "three GETs on each of two connections", want{6, 4, 0},
		"connect get:3 close connect get:3 close")
	registerH3("h3-idle", "both sides forget a connection after 2 s, then another", want{4, 2, 0},
		"connect get:2 sleep:3 connect get:2 close")
	registerH3("h3-silent", "the client vanishes", want{2, 1, 0},
		"connect get:2 silent:3")
	registerH3("h3-0rtt", "a second connection with early data", want{4, 2, 0},
		"connect get:2 sleep:0.2 close connect-0rtt get:2 close")
	registerH3Curl("h3-curl", "six URLs in turn", want{6, 5, 0}, "--http3-only")
	registerH3Curl("h3-curl-parallel", "six URLs with --parallel", want{6, 5, 0}, "--http3-only", "--parallel")
	// The first answer, over HTTP/2, says Alt-Svc.
	registerH3Curl("h3-alt-svc", "four URLs, HTTP/3 after an Alt-Svc", want{4, 2, 1}, "--alt-svc", "cache")
	register(scenario{
		name:  "h3-migration",
		about: "aioquic to aioquic: the client goes on from another port, HTTP/3",
		needs: []string{needsTrixie},
		twin:  true,
		stage: func(st *stage) (func() error, error) {
			address, err := st.startAioquicServer()
			if err != nil {
				return nil, err
			}
			return func() error { return st.aioquic(address, "connect get:2 sleep:0.2 migrate get:2 close") }, nil
		},
		want: want{4, 3, 0},
	})
}

func registerH3Curl(name, about string, want want, options ...string) {
	register(scenario{
		name:  name,
		about: "curl to caddy: " + about,
		needs: []string{"caddy", needsTrixie},
		stage: func(st *stage) (func() error, error) {
			address, err := st.startCaddy()
			if err != nil {
				return nil, err
			}
			arguments := append(options, resolve(address)...)
			arguments = append(arguments, fetch(exampleOrigin("https", address), want.entries)...)
			return func() error { return st.newerCurl(arguments...) }, nil
		},
		want: want,
	})
}

func registerH3(name, about string, want want, plan string) {
	register(scenario{
		name:  name,
		about: "aioquic to caddy: " + about + ", HTTP/3",
		needs: []string{"caddy", needsTrixie},
		twin:  true,
		stage: func(st *stage) (func() error, error) {
			address, err := st.startCaddy()
			if err != nil {
				return nil, err
			}
			return func() error { return st.aioquic(address, plan) }, nil
		},
		want: want,
	})
}

// aioquic runs the HTTP/3 client of Debian 13.
func (st *stage) aioquic(address, plan string) error {
	version, err := st.inTrixie("", "python3", "-c", "import aioquic; print(aioquic.__version__)")
	if err != nil {
		return err
	}
	st.truth.Programs = append(st.truth.Programs, "aioquic "+firstLine(version))
	_, port, _ := strings.Cut(address, ":")
	arguments := append([]string{"script", port, authorityFile}, strings.Fields(plan)...)
	output, err := st.inTrixie(h3ClientScript, "python3", arguments...)
	if err != nil {
		return err
	}
	return st.enterScript(output, address, "HTTP/3.0")
}

// startAioquicServer returns where it listens.
func (st *stage) startAioquicServer() (string, error) {
	address, err := freeAddress()
	if err != nil {
		return "", err
	}
	st.captured(address)
	st.truth.Servers = []string{address}
	folder, err := st.trixieFolder(h3ServerScript)
	if err != nil {
		return "", err
	}
	_, port, _ := strings.Cut(address, ":")
	arguments := folder.command("python3", "script", port, certificateFile, keyFile)
	_, err = st.start("chroot", arguments...)
	// It says nothing, and UDP cannot be asked without a packet.
	time.Sleep(2 * time.Second)
	return address, err
}
