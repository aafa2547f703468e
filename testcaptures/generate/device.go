package main

import (
	"net"
	"net/http"
	"time"
)

// A router that forgets connections soon, and resets what it does not know in
// the name of the end for which it was. Its resets have not come as far as the
// server's packets: they still have a hop more. The counter-case is a server
// behind the same router that resets idle connections itself.

const (
	deviceForgets = "2" // seconds
	deviceRest    = 4 * time.Second
	deviceProbes  = 3 * time.Second // after the device has forgotten, before the next call
	ownPatience   = 2 * time.Second
)

func init() {
	forgetful := append(routed("192.0.2"),
		"netns exec ROUTER sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established="+deviceForgets,
		"netns exec ROUTER sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0",
		"netns exec ROUTER iptables -A FORWARD -p tcp -m conntrack --ctstate INVALID -j REJECT --reject-with tcp-reset")

	registerDevice(scenario{
		name:  "go-device-rest",
		about: "3 GETs 4 s apart, a router resets what it forgot after 2 s as a keep-alive probe comes",
		serve: serveBehind,
		call:  func(c *client) { callWithRests(c, deviceProbes) },
		want:  want{entries: 3, reused: 0, syns: 3},
	}, forgetful)
	// net/http repeats each GET whose connection was gone.
	registerDevice(scenario{
		name:  "go-device-request",
		about: "3 GETs 4 s apart, a router resets what it forgot after 2 s as the next one comes",
		serve: serveBehind,
		call:  func(c *client) { callWithRests(c, -1) },
		want:  want{entries: 5, reused: 2, syns: 3},
	}, forgetful)
	registerDevice(scenario{
		name:  "go-device-none",
		about: "3 GETs 4 s apart, a server behind a router resets what was idle for 2 s",
		serve: func(s *server) {
			s.serveRawOn(s.listen("198.51.100.2:0"), func(conn *rawConn) {
				for conn.request(ownPatience) {
					conn.answer()
				}
				conn.SetLinger(0)
			})
		},
		call: func(c *client) { callWithRests(c, -1) },
		want: want{entries: 3, reused: 0, syns: 3},
	}, routed("192.0.2"))
}

// routed is a network whose client, in a net of its own, and server know each
// other through a router.
func routed(clients string) []string {
	return []string{
		"netns add ROUTER",
		"link add inside0 netns CLIENT type veth peer name inside0 netns ROUTER",
		"link add outside0 netns ROUTER type veth peer name outside0 netns SERVER",
		"-n CLIENT address add " + clients + ".2/24 dev inside0",
		"-n ROUTER address add " + clients + ".1/24 dev inside0",
		"-n ROUTER address add 198.51.100.1/24 dev outside0",
		"-n SERVER address add 198.51.100.2/24 dev outside0",
		"-n CLIENT link set inside0 up",
		"-n ROUTER link set inside0 up",
		"-n ROUTER link set outside0 up",
		"-n SERVER link set outside0 up",
		"-n CLIENT route add default via " + clients + ".1",
		"-n SERVER route add default via 198.51.100.1",
		"netns exec ROUTER sysctl -qw net.ipv4.ip_forward=1",
	}
}

func registerDevice(s scenario, network []string) {
	s.needs = []string{"ip", "iptables"}
	s.from = "192.0.2.2"
	s.stage = inNetwork("tcp", []string{"inside0"}, network...)
	register(s)
}

func serveBehind(s *server) {
	s.serveHTTPOn(s.listen("198.51.100.2:0"), http.HandlerFunc(fixed(smallBody).ServeHTTP))
}

// callWithRests probes what is idle as often; negative: never.
func callWithRests(c *client, probes time.Duration) {
	dialer := net.Dialer{KeepAlive: probes}
	c.http.Transport = transport(func(t *http.Transport) { t.DialContext = dialer.DialContext })
	for i := 0; i < 3; i++ {
		if i > 0 {
			time.Sleep(deviceRest)
		}
		c.getAndDrain("/")
	}
}
