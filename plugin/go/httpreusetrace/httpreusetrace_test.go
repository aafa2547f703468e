package httpreusetrace_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"http-reuse.example/httpreuse/httpreusetrace"
)

// line is what of a line the tests look at.
type line struct {
	Time, Wrote, End, Site, Function, Method, Host, Path string
	Local, Remote, Error                                 *string
	Reused                                               bool
	Status                                               *int
}

func lines(t *testing.T, text string) []line {
	t.Helper()
	var all []line
	for _, each := range strings.Split(strings.TrimSpace(text), "\n") {
		var l line
		if err := json.Unmarshal([]byte(each), &l); err != nil {
			t.Fatalf("%v in %s", err, each)
		}
		all = append(all, l)
	}
	return all
}

// header is a RoundTripper of the program's own, whose line is not a call site.
type header struct{ next http.RoundTripper }

func (h header) RoundTrip(r *http.Request) (*http.Response, error) { return h.next.RoundTrip(r) }

func serve(t *testing.T) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "yes")
	}))
	t.Cleanup(server.Close)
	return server
}

// here is the line that calls it, as a call site.
func here() string {
	_, _, number, _ := runtime.Caller(1)
	return fmt.Sprintf(":%d", number)
}

func TestCallSitesAndConnections(t *testing.T) {
	server := serve(t)
	var out bytes.Buffer
	client := &http.Client{Transport: header{httpreusetrace.New(&out).Transport(&http.Transport{})}}
	var want []string
	for _, path := range []string{"/one?secret=1", "/two"} {
		answer, err := client.Get(server.URL + path)
		want = append(want, here()[1:])
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if answer.Request.URL.Path != strings.Split(path, "?")[0] {
			t.Errorf("the answer is to %v", answer.Request.URL)
		}
	}
	client.CloseIdleConnections()
	got := lines(t, out.String())
	if len(got) != 2 {
		t.Fatalf("%d lines: %s", len(got), out.String())
	}
	for i, l := range got {
		file, number, _ := strings.Cut(l.Site, ":")
		if !strings.HasSuffix(file, "httpreusetrace_test.go") || fmt.Sprint(atoi(number)+1) != want[i] {
			t.Errorf("call site %s, want line before %s", l.Site, want[i])
		}
		if !strings.HasSuffix(l.Function, ".TestCallSitesAndConnections") {
			t.Errorf("function %s", l.Function)
		}
		if l.Reused != (i == 1) || *l.Status != 200 || "http://"+*l.Remote != server.URL || l.Error != nil {
			t.Errorf("%+v", l)
		}
		if !(l.Time <= l.Wrote && l.Wrote <= l.End) {
			t.Errorf("times %s, %s, %s", l.Time, l.Wrote, l.End)
		}
	}
	if *got[0].Local != *got[1].Local || got[0].Path != "/one" || got[1].Method != "GET" {
		t.Errorf("%+v", got)
	}
}

func atoi(text string) (n int) {
	fmt.Sscan(text, &n)
	return n
}

func TestACallWithoutAConnection(t *testing.T) {
	server := serve(t)
	server.Close()
	var out bytes.Buffer
	client := &http.Client{Transport: httpreusetrace.New(&out).Transport(&http.Transport{})}
	if _, err := client.Get(server.URL); err == nil {
		t.Fatal("it answered")
	}
	got := lines(t, out.String())
	if len(got) != 1 || got[0].Local != nil || got[0].Error == nil || got[0].Status != nil {
		t.Errorf("%s", out.String())
	}
}

// The hooks of the program's own trace are called as well.
func TestHooksOfTheProgram(t *testing.T) {
	server := serve(t)
	var out bytes.Buffer
	client := &http.Client{Transport: httpreusetrace.New(&out).Transport(nil)}
	called := false
	request, _ := http.NewRequest("GET", server.URL, nil)
	request = request.WithContext(httptrace.WithClientTrace(request.Context(),
		&httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { called = true }}))
	answer, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if !called || answer.Request != request {
		t.Error("the program's own hook was not called, or its request was replaced")
	}
}

// A Unix socket has no ends that a capture could show.
func TestUnixSocketsHaveNoEnds(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {})}}
	server.Start()
	defer server.Close()
	var out bytes.Buffer
	client := &http.Client{Transport: httpreusetrace.New(&out).Transport(&http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		}})}
	answer, err := client.Get("http://docker/v1/info")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if got := lines(t, out.String())[0]; got.Local != nil || got.Remote != nil {
		t.Errorf("ends %q", out.String())
	}
}

type full struct{ writes int }

func (f *full) Write([]byte) (int, error) {
	f.writes++
	return 0, errors.New("no space left")
}

// Many goroutines; and a file that is full fails no request.
func TestErrorsOfWritingFailNothing(t *testing.T) {
	server := serve(t)
	out := new(full)
	trace := httpreusetrace.New(out)
	client := &http.Client{Transport: trace.Transport(&http.Transport{})}
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			answer, err := client.Get(server.URL)
			if err != nil {
				t.Error(err)
				return
			}
			answer.Body.Close()
		}()
	}
	group.Wait()
	if trace.Err() == nil || out.writes != 1 {
		t.Errorf("%v after %d writes", trace.Err(), out.writes)
	}
}

func TestWithoutTheVariableNothingIsWrapped(t *testing.T) {
	next := &http.Transport{}
	if httpreusetrace.Transport(next) != http.RoundTripper(next) {
		t.Error("it is wrapped")
	}
}
