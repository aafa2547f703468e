package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"os"
	"sync"
	"time"
)

// client is what a scenario's client half works with: an http.Client whose
// every call is entered into the truth by way of httptrace.
type client struct {
	http    *http.Client
	servers []string
	origin  string // what url puts before a path

	mutex sync.Mutex
	calls int
	said  clientReport
}

// clientReport is what the client half says to the harness at its end.
type clientReport struct {
	Requests   []*request
	Handshakes []*handshake
}

// clientMain runs a scenario's client and says what it saw. The process exits
// right afterwards, whatever is open.
func clientMain(name string, servers []string) error {
	c := &client{
		http:    &http.Client{Transport: http.DefaultTransport},
		servers: servers,
		origin:  "http://" + servers[0],
		said:    clientReport{Requests: []*request{}},
	}
	scenarios[name].call(c)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return json.NewEncoder(os.Stdout).Encode(c.said)
}

// transport returns a copy of net/http's default transport with one change.
func transport(change func(*http.Transport)) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	if change != nil {
		change(t)
	}
	return t
}

// url returns the address of path on the first server.
func (c *client) url(path string) string { return c.origin + path }

// get is http.Client.Get on the first server; the caller closes the body.
func (c *client) get(path string) *http.Response {
	r, err := http.NewRequest(http.MethodGet, c.url(path), nil)
	exitOn(err)
	answer, err := c.do(r)
	exitOn(err)
	return answer
}

// getAndDrain is the exemplary call: read to the end, then close.
func (c *client) getAndDrain(path string) {
	drain(c.get(path))
}

func drain(answer *http.Response) {
	_, err := io.Copy(io.Discard, answer.Body)
	exitOn(err)
	answer.Body.Close()
}

// do is http.Client.Do, noting every connection that net/http chose. It
// returns errors, which some scenarios want.
func (c *client) do(r *http.Request) (*http.Response, error) {
	call := c.begin(r)
	answer, err := c.http.Do(r.WithContext(httptrace.WithClientTrace(r.Context(), call.trace())))

	c.mutex.Lock()
	defer c.mutex.Unlock()
	if call.last == nil { // no connection was to be had
		call.enter(&request{})
	}
	if err != nil {
		call.last.Error = some(err.Error())
		return nil, err
	}
	call.last.Status = some(answer.StatusCode)
	if answer.TLS != nil || answer.ProtoMajor > 1 {
		call.last.Proto = some(answer.Proto)
		call.last.TLS = factsOf(answer.TLS)
	}
	answer.Body = &bookedBody{ReadCloser: answer.Body, client: c, request: call.last}
	return answer, nil
}

// call is one http.Client.Do with its attempts.
type call struct {
	client   *client
	request  *http.Request
	n        int
	attempts int
	last     *request
}

func (c *client) begin(r *http.Request) *call {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.calls++
	return &call{client: c, request: r, n: c.calls}
}

// enter adds an attempt to the truth. The client's mutex is held.
func (k *call) enter(attempt *request) {
	k.attempts++
	attempt.N = k.n
	attempt.Attempt = k.attempts
	attempt.Method = k.request.Method
	attempt.URL = k.request.URL.String()
	attempt.Path = k.request.URL.RequestURI()
	if k.request.Host != k.request.URL.Host {
		attempt.Host = some(k.request.Host)
	}
	k.last = attempt
	k.client.said.Requests = append(k.client.said.Requests, attempt)
}

func (k *call) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			k.client.mutex.Lock()
			defer k.client.mutex.Unlock()
			k.enter(&request{
				Server:  some(info.Conn.RemoteAddr().String()),
				Local:   some(info.Conn.LocalAddr().String()),
				Reused:  some(info.Reused),
				WasIdle: some(info.WasIdle),
				IdleMS:  some(milliseconds(info.IdleTime)),
			})
		},
		TLSHandshakeDone: func(state tls.ConnectionState, err error) {
			k.client.mutex.Lock()
			defer k.client.mutex.Unlock()
			k.client.said.Handshakes = append(k.client.said.Handshakes, newHandshake(k.n, state, err))
		},
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			k.client.mutex.Lock()
			defer k.client.mutex.Unlock()
			k.last.Wrote = info.Err == nil
		},
	}
}

// bookedBody notes how much of a body the program read.
type bookedBody struct {
	io.ReadCloser
	client  *client
	request *request
}

func (b *bookedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.client.mutex.Lock()
	defer b.client.mutex.Unlock()
	b.request.BodyBytesRead += int64(n)
	switch {
	case errors.Is(err, io.EOF):
		b.request.BodyEOF = true
	case err != nil:
		b.request.Error = some(err.Error())
	}
	return n, err
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Microseconds()) / 1000
}
