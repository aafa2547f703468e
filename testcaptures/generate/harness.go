package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

const (
	// scenarioLimit is longer than any scenario takes.
	scenarioLimit = 90 * time.Second
	// settle is the time for the last packets after the client's exit.
	settle = 300 * time.Millisecond
)

// record runs one scenario. The order of the steps is what makes the capture
// tell the whole story and no more: tcpdump runs before the client starts, and
// ends before the server does.
func record(ctx context.Context, s scenario, dir string) (*truth, error) {
	ctx, cancel := context.WithTimeout(ctx, scenarioLimit)
	defer cancel()
	st, err := newStage(ctx, s)
	if err != nil {
		return nil, err
	}
	defer st.clear()

	play, err := s.stage(st)
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	captures, err := st.startCaptures()
	if err != nil {
		return nil, fmt.Errorf("tcpdump: %w", err)
	}
	if err := play(); err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	time.Sleep(settle)
	if st.truth.TimeWait, err = countTimeWait(st.sockets(), st.ports...); err != nil {
		return nil, err
	}
	for _, c := range captures {
		if err := c.stop(); err != nil {
			return nil, fmt.Errorf("tcpdump: %w", err)
		}
	}
	if err := st.stopServers(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if err := st.check(captures); err != nil {
		return nil, err
	}
	return st.truth, st.publish(captures, dir)
}

// check compares what came out with what the scenario wants.
func (st *stage) check(captures []*capture) error {
	syns := 0
	for _, c := range captures {
		found, err := countSYNs(c.path)
		if err != nil {
			return err
		}
		syns += found
	}
	return st.scenario.want.check(st.truth.Requests, syns)
}

// publish writes the capture with its keys, if the scenario wants it its twin
// without them, and the truth.
func (st *stage) publish(captures []*capture, dir string) error {
	name := st.scenario.name
	pcap := captures[0].path
	if st.scenario.wrap != nil {
		if err := wrapCapture(pcap, st.scenario.wrap); err != nil {
			return err
		}
	}
	if st.scenario.late != 0 {
		if err := beginLate(pcap, st.scenario.late); err != nil {
			return err
		}
	}
	if len(captures) > 1 {
		pcap = st.path("merged.pcapng")
		if err := merge(st.ctx, captures, pcap); err != nil {
			return err
		}
	}
	keys := st.keyLog()
	if info, err := os.Stat(keys); err != nil || info.Size() == 0 {
		keys = ""
	}
	st.truth.Captures = []string{name + ".pcapng"}
	if st.scenario.twin {
		st.truth.Captures = append(st.truth.Captures, name+"-nokeys.pcapng")
		if keys == "" {
			return fmt.Errorf("no keys were logged")
		}
	}
	for _, capture := range st.truth.Captures {
		if err := toPcapng(st.ctx, pcap, filepath.Join(dir, capture), keys); err != nil {
			return err
		}
		keys = ""
	}
	if st.scenario.traced {
		trace, err := st.read("trace.ndjson")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+".trace.ndjson"), trace, 0o644); err != nil {
			return err
		}
	}
	return st.truth.write(filepath.Join(dir, name+".truth.json"))
}

// newTruth holds what is known before anything ran.
func newTruth(s scenario) *truth {
	t := &truth{Scenario: s.name, ClientIP: s.from}
	if s.from == "" {
		t.ClientIP = "127.0.0.1"
	}
	if s.call != nil || s.serve != nil {
		t.Go = runtime.Version()
	}
	return t
}
