package main

import (
	"fmt"
	"sort"
	"time"
)

// A scenario is one experiment: a server, a client, and what must come out of
// it if nothing went wrong.
type scenario struct {
	name  string
	about string // one line for -l
	snap  int    // bytes kept of each packet, 0 for wholePacket
	twin  bool   // write the capture without keys, too
	// traced: the client half writes down its calls, by httpreusetrace.
	traced bool

	// from is the client's address, if it is not 127.0.0.1.
	from string
	// wrap, if there is one, changes every frame before it is written.
	wrap func(frame []byte) []byte
	// late, if not 0, is how much of the capture's start is left out.
	late time.Duration

	// needs are the programs it takes beside this one.
	needs []string
	// hidden is how many of the server half's addresses, the first ones, stay
	// out of the capture.
	hidden int
	// stage starts the servers, and returns what plays the clients' part. Nil
	// is goPair: this program's serve and call against each other.
	stage func(*stage) (play func() error, err error)

	// serve opens the listeners and returns; connections are served in the
	// background until the process ends.
	serve func(*server)
	// call makes the requests. The client process exits when it returns.
	call func(*client)

	want want
}

// want is checked before anything is written, so that a run disturbed by a
// busy machine never replaces a good capture.
//
// A number may be varies.
type want struct {
	entries int // in the truth's "requests", retries inside net/http included
	reused  int // of these
	syns    int // SYN packets in the capture
}

// varies is wanted where two good runs differ.
const varies = -1

var scenarios = map[string]scenario{}

func register(s scenario) {
	if _, taken := scenarios[s.name]; taken {
		panic("two scenarios named " + s.name)
	}
	if s.stage == nil {
		s.stage = goPair
	}
	scenarios[s.name] = s
}

func sortedScenarios() []scenario {
	all := make([]scenario, 0, len(scenarios))
	for _, s := range scenarios {
		all = append(all, s)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].name < all[j].name })
	return all
}

// chooseScenarios returns those named, in the order given, or all.
func chooseScenarios(names []string) ([]scenario, error) {
	if len(names) == 0 {
		return sortedScenarios(), nil
	}
	chosen := make([]scenario, 0, len(names))
	for _, name := range names {
		s, known := scenarios[name]
		if !known {
			return nil, fmt.Errorf("no scenario named %q; -l lists them", name)
		}
		chosen = append(chosen, s)
	}
	return chosen, nil
}

// check compares what the programs said, and the SYNs captured, with what the
// scenario is meant to show.
func (w want) check(requests []*request, syns int) error {
	got := want{entries: len(requests), syns: syns}
	for _, r := range requests {
		if r.Reused != nil && *r.Reused {
			got.reused++
		}
	}
	if !agree(got.entries, w.entries) || !agree(got.reused, w.reused) || !agree(got.syns, w.syns) {
		return fmt.Errorf("gave %+v instead of %+v", got, w)
	}
	return nil
}

func agree(got, wanted int) bool { return wanted == varies || got == wanted }
