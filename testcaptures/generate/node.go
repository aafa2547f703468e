package main

// Node's clients before a Go server: http.get with and without an Agent that
// keeps connections, and fetch, which is undici.

import _ "embed" // the scripts are part of the program

//go:embed node_client.js
var nodeClientScript string

func init() {
	const gets = 5
	registerNode("node-agent", "five GETs, http.Agent with keepAlive", smallBody, want{gets, gets - 1, 1},
		"agent", "/1", "/2", "/3", "/4", "/5")
	registerNode("node-no-agent", "five GETs, http.Agent without keepAlive, then agent: false", smallBody,
		want{gets, 0, gets}, "no-agent", "/1", "/2", "/3", "/own", "/own")
	registerNode("node-fetch", "five times fetch, bodies read", smallBody, want{gets, gets - 1, 1},
		"fetch", "/1", "/2", "/3", "/4", "/5")
	registerNode("node-fetch-unread", "five times fetch, small bodies left alone", smallBody,
		want{gets, gets - 1, 1}, "fetch-unread", "/1", "/2", "/3", "/4", "/5")
	registerNode("node-fetch-unread-large", "three times fetch, bodies of 1 MiB left alone", largeBody,
		want{3, 0, 3}, "fetch-unread", "/1", "/2", "/3")
	registerNode("node-fetch-cancel", "three times fetch, bodies of 1 MiB cancelled", largeBody,
		want{3, 0, varies}, "fetch-cancel", "/1", "/2", "/3")
	const bursts, atOnce = 4, 12
	registerNode("node-bursts-two-free", "bursts of twelve, http.Agent with maxFreeSockets 2", smallBody,
		want{bursts * atOnce, 2 * (bursts - 1), bursts*atOnce - 2*(bursts-1)},
		"burst-2", repeated("/", atOnce)...)
	registerNode("node-bursts-all-free", "bursts of twelve, http.Agent with maxFreeSockets 12", smallBody,
		want{bursts * atOnce, (bursts - 1) * atOnce, atOnce}, "burst-12", repeated("/", atOnce)...)
}

func repeated(path string, times int) []string {
	paths := make([]string, times)
	for i := range paths {
		paths[i] = path
	}
	return paths
}

// registerNode: way is the script's.
func registerNode(name, about string, size int, want want, way string, paths ...string) {
	s := scenario{
		name:  name,
		about: "Node: " + about,
		needs: []string{"node"},
		serve: func(s *server) { s.serveHTTP(fixed(size)) },
		stage: besideGo(func(st *stage, addresses []string) error {
			return st.nodeClient(addresses[0], way, paths...)
		}),
		want: want,
	}
	if size == largeBody {
		s.snap = 512
	}
	register(s)
}

// nodeClient runs the client once.
func (st *stage) nodeClient(address, way string, paths ...string) error {
	if err := st.saidNode(); err != nil {
		return err
	}
	arguments := append([]string{way, "http://" + address}, paths...)
	return st.scriptClient(address, "node", "node_client.js", nodeClientScript, arguments...)
}

// saidNode enters Node's version into the truth, and that of its undici.
func (st *stage) saidNode() error {
	return st.said("node", "-p", "`node ${process.version}, undici ${process.versions.undici}`")
}
