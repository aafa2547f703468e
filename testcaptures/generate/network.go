package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// A network of its own: two network namespaces, the client's and the server's,
// and a third between them where the lines add it, which nothing of this
// machine's network reaches. They end with the stage.
type network struct {
	client, server, router string   // the namespaces
	devices                []string // on which is captured: the client's, or the router's if there is one
	hasRouter              bool
	stays                  *exec.Cmd // in the client's namespace, where tcpdump is in the router's
}

// newNetwork makes the namespaces, and in them what the lines say: each is the
// arguments of ip, in which CLIENT, SERVER and ROUTER stand for the namespaces.
func (st *stage) newNetwork(devices []string, lines ...string) error {
	n := &network{
		client:  fmt.Sprintf("generate-%d-client", os.Getpid()),
		server:  fmt.Sprintf("generate-%d-server", os.Getpid()),
		router:  fmt.Sprintf("generate-%d-router", os.Getpid()),
		devices: devices,
	}
	lines = append([]string{"netns add CLIENT", "netns add SERVER"}, lines...)
	names := strings.NewReplacer("CLIENT", n.client, "SERVER", n.server, "ROUTER", n.router)
	for _, line := range lines {
		arguments := strings.Fields(names.Replace(line))
		if arguments[0] == "netns" && arguments[1] == "add" {
			namespace := arguments[2]
			n.hasRouter = n.hasRouter || namespace == n.router
			st.onClear(func() { exec.Command("ip", "netns", "delete", namespace).Run() })
		}
		if output, err := exec.CommandContext(st.ctx, "ip", arguments...).CombinedOutput(); err != nil {
			return fmt.Errorf("ip %s: %w: %s", strings.Join(arguments, " "), err, output)
		}
	}
	st.network = n
	if !n.hasRouter {
		return nil
	}
	stays := inNamespace(n.client, "sleep", "infinity")
	n.stays = exec.CommandContext(st.ctx, stays[0], stays[1:]...)
	st.onClear(func() { n.stays.Process.Kill(); n.stays.Wait() })
	return n.stays.Start()
}

// inNamespace returns a command that runs in one of the namespaces. ip becomes
// the program, so that the process id is the program's.
func inNamespace(namespace string, command ...string) []string {
	if namespace == "" {
		return command
	}
	return append([]string{"ip", "netns", "exec", namespace}, command...)
}

// captureNamespace is where is captured.
func (st *stage) captureNamespace() string {
	if st.network != nil && st.network.hasRouter {
		return st.network.router
	}
	return st.namespaceOf(roleClient)
}

// namespaceOf is where a half of the scenario runs: nowhere special, if the
// scenario has no network of its own.
func (st *stage) namespaceOf(role string) string {
	switch {
	case st.network == nil:
		return ""
	case role == roleServer:
		return st.network.server
	default:
		return st.network.client
	}
}
