package httpreusetest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"http-reuse.example/httpreuse"
	"http-reuse.example/httpreuse/httpreusetest"
)

// failures is a testing.TB that keeps what it is told.
type failures struct {
	testing.TB
	said []string
}

func (f *failures) Errorf(format string, arguments ...interface{}) {
	f.said = append(f.said, fmt.Sprintf(format, arguments...))
}

// call gets ten pages, and reads each to its end or leaves it.
func call(t *testing.T, read bool) *httpreuse.Result {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, strings.Repeat("a page ", 1000))
	}))
	defer server.Close()
	port := server.URL[strings.LastIndex(server.URL, ":")+1:]
	return httpreusetest.Capture(t, func() {
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		client := &http.Client{Transport: transport}
		for i := 0; i < 10; i++ {
			response, err := client.Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			if read {
				_, _ = io.Copy(io.Discard, response.Body)
			}
			response.Body.Close()
		}
	}, "tcp port "+port)
}

func TestOneConnection(t *testing.T) {
	result := call(t, true)
	httpreusetest.Connections(t, result, 1)
	httpreusetest.NoBodyUnread(t, result)
	if len(result.Requests) != 10 || result.Requests[9].Status != "reused" {
		t.Errorf("%d requests, the last %+v", len(result.Requests), result.Requests)
	}
}

func TestBodiesLeftUnreadAreFound(t *testing.T) {
	result := call(t, false)
	heard := &failures{TB: t}
	httpreusetest.NoBodyUnread(heard, result)
	httpreusetest.Connections(heard, result, 1)
	if len(heard.said) < 2 {
		t.Errorf("said only %q", heard.said)
	}
}

func TestWhatFailsNamesTheLineOfCode(t *testing.T) {
	connection, frame := 2, 8
	result := &httpreuse.Result{
		Capture: &httpreuse.Capture{FindingTexts: map[string]string{"body_undrained": "Unread."}},
		Findings: []*httpreuse.Finding{{Frame: 10, Code: "body_undrained",
			Connection: &connection, RequestFrame: &frame}},
		Calls: []*httpreuse.Call{{Site: "a.go:1", Connection: 2}, {Site: "b.go:2", Connection: 2,
			RequestFrame: &frame}, {Site: "c.go:3", Connection: 3, RequestFrame: &frame}},
	}
	heard := &failures{TB: t}
	httpreusetest.NoBodyUnread(heard, result)
	if len(heard.said) != 1 || heard.said[0] != "body_undrained: Unread.\n  frame 10 (called from b.go:2)" {
		t.Errorf("%q", heard.said)
	}
}
