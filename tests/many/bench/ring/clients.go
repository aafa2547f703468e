// SPDX-License-Identifier: GPL-2.0-or-later
package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"math"
	"math/rand"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// A client has an address, a pool and a way to behave of its own.
type client struct {
	transport *http.Transport
	random    *rand.Rand
	behave    func()
}

func newClient(number int, keys io.Writer) *client {
	address := &net.TCPAddr{IP: net.IPv4(10, 77, byte(number/250), byte(1+number%250))}
	dialer := &net.Dialer{LocalAddr: address, Timeout: 5 * time.Second}
	c := &client{random: rand.New(rand.NewSource(int64(number)))}
	c.transport = &http.Transport{
		DialContext:       dialer.DialContext,
		IdleConnTimeout:   time.Duration(1+number%5) * time.Second,
		ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{ServerName: "ring.example", InsecureSkipVerify: true,
			KeyLogWriter: keys, ClientSessionCache: tls.NewLRUClientSessionCache(8)},
	}
	ways := []func(){c.steady, c.unread, c.burst, c.idleRace, c.multiplexed, c.resumed, c.posts}
	if *withNginx {
		ways = append(ways, c.limited, c.resumedAtNginx)
	}
	c.behave = ways[number%len(ways)]
	return c
}

func (c *client) get(url string, read int64) {
	request, _ := http.NewRequest("GET", url, nil)
	response, err := c.transport.RoundTrip(request)
	if !keep(response, err, read) {
		time.Sleep(100 * time.Millisecond)
	}
}

func (c *client) pause(most int) {
	time.Sleep(time.Duration(c.random.Intn(most)) * time.Millisecond)
}

const all = math.MaxInt64

// One request after the other, bodies read.
func (c *client) steady() {
	c.get(fmt.Sprintf("http://10.77.255.1:8080/%d", size(c.random)), all)
	c.pause(80)
}

// Bodies that are not read: every request needs a connection.
func (c *client) unread() {
	c.get(fmt.Sprintf("http://10.77.255.1:8080/%d", 2000+size(c.random)), 100)
	c.pause(80)
}

func (c *client) together(url string, count int) {
	var running sync.WaitGroup
	for i := 0; i < count; i++ {
		running.Add(1)
		address := fmt.Sprintf("%s/%d?%d", url, size(c.random), c.random.Intn(20))
		go func() {
			defer running.Done()
			c.get(address, all)
		}()
	}
	running.Wait()
}

// More at one time than the pool keeps.
func (c *client) burst() {
	c.together("http://10.77.255.1:8080", 2+c.random.Intn(8))
	c.pause(1000)
}

// Comes back just as the server's idle timeout ends.
func (c *client) idleRace() {
	for i := 0; i < 5; i++ {
		c.get(fmt.Sprintf("http://10.77.255.1:8080/%d", size(c.random)), all)
	}
	time.Sleep(idleTimeout - 2*time.Millisecond + time.Duration(c.random.Intn(4000))*time.Microsecond)
}

func (c *client) multiplexed() {
	c.together("https://10.77.255.1:8443", 1+c.random.Intn(12))
	c.pause(500)
}

// TLS 1.2: a connection for a few requests, whose handshake is resumed.
func (c *client) resume(url string) {
	for i := c.random.Intn(4); i >= 0; i-- {
		c.get(fmt.Sprintf(url, size(c.random)), all)
	}
	c.transport.CloseIdleConnections()
	c.pause(200)
}

func (c *client) resumed() { c.resume("https://10.77.255.1:8444/%d") }

func (c *client) posts() {
	body := strings.NewReader(filler[:size(c.random)])
	request, _ := http.NewRequest("POST", fmt.Sprintf("http://10.77.255.1:8080/%d", size(c.random)), body)
	response, err := c.transport.RoundTrip(request)
	keep(response, err, all)
	c.pause(80)
}

// nginx ends a connection after 50 requests.
func (c *client) limited() {
	c.get(fmt.Sprintf("http://10.77.255.1:8081/%d", 1<<(8+c.random.Intn(8))), all)
	c.pause(60)
}

func (c *client) resumedAtNginx() {
	for i := c.random.Intn(4); i >= 0; i-- {
		c.get(fmt.Sprintf("https://10.77.255.1:8445/%d", 1<<(8+c.random.Intn(8))), all)
	}
	c.transport.CloseIdleConnections()
	c.pause(200)
}
