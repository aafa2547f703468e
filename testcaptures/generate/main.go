// Command generate runs small Go programs against small Go servers on
// loopback, captures what they do, and writes beside each capture what the
// programs said about it.
//
// It knows how to choose scenarios and how to become one of their two halves:
// it starts itself again, once as the server and once as the client, so that
// the end of either process is a real event on the wire.
//
// SPDX-License-Identifier: GPL-2.0-or-later
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sort"
	"strings"
	"syscall"
)

const usage = `usage: sh testcaptures/generate/run.sh [-l] [-n] [-h] [-o DIR] [NAME...]

Runs the scenarios named (all without a name) on loopback and writes for each
NAME.pcapng, the capture, and NAME.truth.json, what the programs said.

  -l      list the scenarios
  -n      list what scenarios need and is not there
  -o DIR  write there instead of into testcaptures/
  -h      this help
`

func main() {
	if len(os.Args) > 2 {
		switch os.Args[1] {
		case roleServer:
			exitOn(serverMain(os.Args[2]))
			return
		case roleClient:
			exitOn(clientMain(os.Args[2], os.Args[3:]))
			return
		}
	}

	flag.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	list := flag.Bool("l", false, "list the scenarios")
	missing := flag.Bool("n", false, "list what is missing")
	dir := flag.String("o", ".", "write there")
	flag.Parse()

	if *list {
		for _, s := range sortedScenarios() {
			fmt.Printf("%-24s %s\n", s.name, s.about)
		}
		return
	}
	if *missing {
		listMissing()
		return
	}
	chosen, err := chooseScenarios(flag.Args())
	exitOn(err)
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	exitOn(recordAll(ctx, chosen, *dir))
}

// listMissing names every program that is not there, and who needs it.
func listMissing() {
	users := map[string][]string{}
	for _, s := range sortedScenarios() {
		for _, program := range s.needs {
			if !isThere(program) {
				users[program] = append(users[program], s.name)
			}
		}
	}
	programs := make([]string, 0, len(users))
	for program := range users {
		programs = append(programs, program)
	}
	sort.Strings(programs)
	for _, program := range programs {
		fmt.Printf("%s is not there; needed by %s\n", program, strings.Join(users[program], " "))
	}
}

func recordAll(ctx context.Context, chosen []scenario, dir string) error {
	failed := 0
	for _, s := range chosen {
		t, err := record(ctx, s, dir)
		if err != nil {
			failed++
			fmt.Fprintf(os.Stderr, "%s: %v\n", s.name, err)
			continue
		}
		fmt.Printf("%-24s %3d requests, TIME_WAIT client %d server %d\n",
			s.name, len(t.Requests), t.TimeWait.Client, t.TimeWait.Server)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d scenarios failed; their files are unchanged", failed, len(chosen))
	}
	return nil
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "generate: %v\n", err)
		os.Exit(1)
	}
}
