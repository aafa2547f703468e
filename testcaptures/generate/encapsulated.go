package main

// Connections inside of something else: what counts is the inner one.

// threeAndTwo is a client half: three bodies are read, then two are not.
func threeAndTwo(c *client) {
	getDrained(c, 3)
	getUnread(c, 2)
}

var wantThreeAndTwo = want{entries: 5, reused: 3, syns: 2}

func init() {
	const about = ": three GETs drained, then two unread"
	register(scenario{
		name:  "ipv6",
		about: "IPv6" + about,
		serve: func(s *server) { s.serveHTTPOn(s.listen("[::1]:0"), fixed(smallBody)) },
		call:  threeAndTwo,
		from:  "::1",
		want:  wantThreeAndTwo,
	})
	registerWrapped("vlan", "VLAN tag 7, added afterwards"+about, tagVLAN)
	registerWrapped("gre", "GRE, added afterwards"+about, wrapGRE)

	// The inner SYNs are not counted.
	register(scenario{
		name:  "vxlan",
		about: "VXLAN between two network namespaces" + about,
		needs: []string{"ip"},
		serve: func(s *server) { s.serveHTTPOn(s.listen("198.51.100.2:0"), fixed(smallBody)) },
		call:  threeAndTwo,
		from:  "198.51.100.1",
		stage: inNetwork("udp port 4789", []string{"under0"},
			"link add under0 netns CLIENT type veth peer name under0 netns SERVER",
			"-n CLIENT address add 192.0.2.1/24 dev under0",
			"-n SERVER address add 192.0.2.2/24 dev under0",
			"-n CLIENT link set under0 up",
			"-n SERVER link set under0 up",
			"-n CLIENT link add over0 type vxlan id 42 dstport 4789 local 192.0.2.1 remote 192.0.2.2 dev under0",
			"-n SERVER link add over0 type vxlan id 42 dstport 4789 local 192.0.2.2 remote 192.0.2.1 dev under0",
			"-n CLIENT address add 198.51.100.1/24 dev over0",
			"-n SERVER address add 198.51.100.2/24 dev over0",
			"-n CLIENT link set over0 up",
			"-n SERVER link set over0 up"),
		want: want{entries: 5, reused: 3, syns: 0},
	})
	// Each SYN is counted on both sides.
	register(scenario{
		name:  "nat-both-sides",
		about: "a router that translates addresses, captured on both sides" + about,
		needs: []string{"ip", "iptables", "mergecap"},
		serve: func(s *server) { s.serveHTTPOn(s.listen("198.51.100.2:0"), fixed(smallBody)) },
		call:  threeAndTwo,
		from:  "172.17.0.2",
		stage: inNetwork("tcp", []string{"inside0", "outside0"}, append(routed("172.17.0"),
			"netns exec ROUTER iptables -t nat -A POSTROUTING -o outside0 -j MASQUERADE")...),
		want: want{entries: 5, reused: 3, syns: 4},
	})
	register(scenario{
		name:  "two-interfaces",
		about: "two servers, each behind an interface of its own",
		needs: []string{"ip", "mergecap"},
		serve: func(s *server) {
			s.serveHTTPOn(s.listen("192.0.2.2:0"), fixed(smallBody))
			s.serveHTTPOn(s.listen("198.51.100.2:0"), fixed(smallBody))
		},
		call: func(c *client) {
			for i := 0; i < 3; i++ {
				for _, address := range c.servers {
					c.getURL("http://" + address + "/")
				}
			}
		},
		from: "192.0.2.1", // and 198.51.100.1
		stage: inNetwork("tcp", []string{"left0", "right0"},
			"link add left0 netns CLIENT type veth peer name left0 netns SERVER",
			"link add right0 netns CLIENT type veth peer name right0 netns SERVER",
			"-n CLIENT address add 192.0.2.1/24 dev left0",
			"-n SERVER address add 192.0.2.2/24 dev left0",
			"-n CLIENT address add 198.51.100.1/24 dev right0",
			"-n SERVER address add 198.51.100.2/24 dev right0",
			"-n CLIENT link set left0 up",
			"-n SERVER link set left0 up",
			"-n CLIENT link set right0 up",
			"-n SERVER link set right0 up"),
		want: want{entries: 6, reused: 4, syns: 2},
	})
}

func registerWrapped(name, about string, wrap func([]byte) []byte) {
	register(scenario{
		name:  name,
		about: about,
		wrap:  wrap,
		serve: func(s *server) { s.serveHTTP(fixed(smallBody)) },
		call:  threeAndTwo,
		want:  wantThreeAndTwo,
	})
}

// inNetwork is goPair in a network of its own.
func inNetwork(filter string, devices []string, lines ...string) func(*stage) (func() error, error) {
	return func(st *stage) (func() error, error) {
		if err := st.newNetwork(devices, lines...); err != nil {
			return nil, err
		}
		st.wantedFilter = filter
		return goPair(st)
	}
}
