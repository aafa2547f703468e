package main

// Python's requests, which keeps connections in a Session, and only there.

import (
	_ "embed" // the script is part of the program
	"fmt"
	"math/rand"
	"net/http"
	"time"
)

//go:embed requests_client.py
var requestsScript string

// needsRequests is for scenario.needs.
const needsRequests = "python3-requests"

func init() {
	registerRequests("python-session", "five GETs of one Session", smallBody, want{5, 4, 1},
		"session", "/1", "/2", "/3", "/4", "/5")
	registerRequests("python-no-session", "five times requests.get", smallBody, want{5, 0, 5},
		"get", "/1", "/2", "/3", "/4", "/5")
	registerRequests("python-stream-unread", "stream=True, small bodies in turns read and closed unread", smallBody,
		want{6, 2, 4}, "stream", "/unread", "/read", "/unread", "/unread", "/read", "/read")
	registerRequests("python-stream-unread-large", "stream=True, bodies of 1 MiB closed unread", largeBody,
		want{3, 0, 3}, "stream", "/unread", "/unread", "/unread")
}

func init() {
	const atOnce = 13
	register(scenario{
		name:  "python-pool-full",
		about: "Python's requests: 13 GETs at once, then one; the pool keeps 10",
		needs: []string{needsRequests},
		serve: func(s *server) {
			gather := newGathering(atOnce)
			s.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/burst" {
					gather.wait()
					time.Sleep(100 * time.Millisecond)
				}
				answer(w, smallBody)
			})
		},
		stage: besideGo(func(st *stage, addresses []string) error {
			var paths []string
			for i := 0; i < atOnce; i++ {
				paths = append(paths, "/burst")
			}
			return st.requestsClient(addresses[0], "threads", append(paths, "/after")...)
		}),
		want: want{atOnce + 1, 1, atOnce},
	})
	for name, way := range map[string]string{"python-workers": "workers", "python-workers-all": "workers-all"} {
		way := way
		register(scenario{
			name:  name,
			about: "Python's requests: 100 GETs by eight threads of one Session, answers of 2 to 12 ms, " + way,
			needs: []string{needsRequests},
			serve: func(s *server) { s.serveHTTP(answerAfterPath) },
			stage: besideGo(func(st *stage, addresses []string) error {
				random := rand.New(rand.NewSource(7))
				var paths []string
				for i := 0; i < 100; i++ {
					paths = append(paths, fmt.Sprintf("/%d", 2+random.Intn(11)))
				}
				return st.requestsClient(addresses[0], way, paths...)
			}),
			want: want{entries: 100, reused: varies, syns: varies},
		})
	}
	register(scenario{
		name:  "python-server-closed",
		about: "Python's requests: three GETs 1.5 s apart, nginx' keepalive_timeout is 1 s",
		needs: []string{needsRequests, "nginx"},
		stage: func(st *stage) (func() error, error) {
			address, err := st.startNginxOnFreePort("", "server { LISTEN keepalive_timeout 1s; "+nginxText(smallBody)+" }")
			return func() error { return st.requestsClient(address, "pause", "/1", "/2", "/3") }, err
		},
		want: want{3, 0, 3},
	})
}

// registerRequests: way is the script's.
func registerRequests(name, about string, size int, want want, way string, paths ...string) {
	s := scenario{
		name:  name,
		about: "Python's requests: " + about,
		needs: []string{needsRequests},
		serve: func(s *server) { s.serveHTTP(fixed(size)) },
		stage: besideGo(func(st *stage, addresses []string) error {
			return st.requestsClient(addresses[0], way, paths...)
		}),
		want: want,
	}
	if size == largeBody {
		s.snap = 512
	}
	register(s)
}

func (st *stage) requestsClient(address, way string, paths ...string) error {
	var urls []string
	for _, path := range paths {
		urls = append(urls, "http://"+address+path)
	}
	return st.requestsURLs(address, way, urls)
}

func (st *stage) requestsURLs(address, way string, urls []string) error {
	const versions = "import platform as p, requests as r, urllib3 as u;" +
		"print(f'Python {p.python_version()}, requests {r.__version__}, urllib3 {u.__version__}')"
	if err := st.said(systemPython, "-c", versions); err != nil {
		return err
	}
	arguments := append([]string{way}, urls...)
	return st.scriptClient(address, systemPython, "requests_client.py", requestsScript, arguments...)
}
