package main

import (
	"net/http"
	"os/exec"
	"syscall"
	"time"
)

// The graceful shutdown of HTTP/2 in two steps (RFC 9113 §6.8): nghttpx first
// says GOAWAY with the highest stream id there is, and two seconds later, when
// everything under way has arrived, with the last stream that it will answer.

func init() {
	register(scenario{
		name:   "h2-goaway-two-step",
		about:  "nghttpx is replaced gracefully while a GET runs, HTTP/2",
		needs:  []string{"nghttpx"},
		hidden: 1,
		serve: func(s *server) {
			s.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/during" {
					time.Sleep(2500 * time.Millisecond)
				}
				answer(w, smallBody)
			})
		},
		stage: func(st *stage) (func() error, error) {
			front, err := st.newNghttpx("tls", st.path(keyFile), st.path(certificateFile))
			if err != nil {
				return nil, err
			}
			first, err := front.start()
			if err != nil {
				return nil, err
			}
			return func() error {
				replaced := make(chan error)
				go func() { replaced <- front.replace(first) }()
				if err := st.runGoClient(front.address); err != nil {
					return err
				}
				return <-replaced
			}, nil
		},
		call: func(c *client) {
			c.speakTLS()
			c.getAndDrain("/before")
			c.getAndDrain("/during")
			c.getAndDrain("/after")
			c.getAndDrain("/after")
		},
		want: want{entries: 4, reused: 2, syns: 2},
	})
}

// replace tells a running nghttpx to finish, and starts the next one as soon
// as it no longer listens.
func (p *nghttpx) replace(running *exec.Cmd) error {
	time.Sleep(300 * time.Millisecond)
	if err := running.Process.Signal(syscall.SIGQUIT); err != nil {
		return err
	}
	time.Sleep(200 * time.Millisecond)
	_, err := p.start()
	return err
}
