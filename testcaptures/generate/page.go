package main

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The page that browsers are shown, and what the server tells of them.

const (
	picturesEach = 8
	pageRequests = 1 + 2*picturesEach
)

// servePage answers with the page, or a picture, and tells the truth about the
// request in place of the browser.
func (s *server) servePage(w http.ResponseWriter, r *http.Request) {
	s.enterRequest(r)
	w.Header().Set("Cache-Control", "no-store")
	if r.URL.Path != "/" {
		time.Sleep(30 * time.Millisecond)
		w.Header().Set("Content-Type", "image/svg+xml")
		fmt.Fprint(w, `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`)
		return
	}
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprint(w, "<!doctype html><link rel=icon href=data:,>")
	_, port, _ := strings.Cut(r.Host, ":")
	for i := 1; i <= picturesEach; i++ {
		fmt.Fprintf(w, "<img src=/a%d.svg><img src=https://b.example:%s/b%d.svg>", i, port, i)
	}
}

// enterRequest notes a request as far as a server knows it: in the order of
// its arrival, and reused if it is not its connection's first.
func (s *server) enterRequest(r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	known := s.byRemote[r.RemoteAddr]
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	s.requests = append(s.requests, &request{
		N: len(s.requests) + 1, Attempt: 1, Method: r.Method,
		URL: scheme + "://" + r.Host + r.URL.Path, Path: r.URL.Path,
		Server: some(known.Server), Local: some(r.RemoteAddr), Reused: some(known.Requests > 1),
		Wrote: true, Status: some(http.StatusOK), BodyEOF: true,
		Proto: some(r.Proto), TLS: factsOf(r.TLS),
	})
}

// browse is the stage of a browser, which is given the page's address.
func browse(open func(*stage, string) error) func(*stage) (func() error, error) {
	return besideGo(func(st *stage, addresses []string) error {
		return open(st, exampleOrigin("https", addresses[0])+"/")
	})
}
