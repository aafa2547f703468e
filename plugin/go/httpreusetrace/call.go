package httpreusetrace

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// A call is one RoundTrip. The hooks of httptrace come from several goroutines, and some of them
// after the answer.
type call struct {
	mutex    sync.Mutex
	model    attempt // what all of its attempts have in common
	attempts []*attempt
	isOver   bool
}

func newCall(request *http.Request) *call {
	c := &call{model: attempt{
		Time:   stamp(time.Now()),
		Method: request.Method,
		Scheme: request.URL.Scheme,
		Host:   request.Host,
		Path:   request.URL.EscapedPath(),
	}}
	if c.model.Method == "" {
		c.model.Method = http.MethodGet
	}
	if c.model.Host == "" {
		c.model.Host = request.URL.Host
	}
	if c.model.Path == "" {
		c.model.Path = "/"
	}
	c.model.Site, c.model.Function = callSite()
	return c
}

// watch returns a context that tells of what becomes of the call, and the program's own hooks too.
func (c *call) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      c.gotConn,
		WroteRequest: c.wroteRequest,
	})
}

func (c *call) gotConn(info httptrace.GotConnInfo) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.isOver {
		return
	}
	attempt := c.model
	attempt.Time = stamp(time.Now())
	attempt.Local, attempt.Remote = endpoint(info.Conn.LocalAddr()), endpoint(info.Conn.RemoteAddr())
	attempt.Reused, attempt.WasIdle = info.Reused, info.WasIdle
	attempt.IdleMS = float64(info.IdleTime) / float64(time.Millisecond)
	c.attempts = append(c.attempts, &attempt)
}

func (c *call) wroteRequest(info httptrace.WroteRequestInfo) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.isOver || len(c.attempts) == 0 {
		return
	}
	last := c.attempts[len(c.attempts)-1]
	if info.Err != nil {
		text := info.Err.Error()
		last.Error = &text
		return
	}
	now := stamp(time.Now())
	last.Wrote = &now
}

// end returns the attempts of the call; what comes later is not told.
func (c *call) end(answer *http.Response, err error) []*attempt {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.isOver = true
	if len(c.attempts) == 0 {
		c.attempts = append(c.attempts, &c.model)
	}
	now := stamp(time.Now())
	for _, attempt := range c.attempts {
		attempt.End = now
	}
	last := c.attempts[len(c.attempts)-1]
	if answer != nil {
		last.Status = &answer.StatusCode
	}
	if err != nil {
		text := err.Error()
		last.Error = &text
	}
	return c.attempts
}
