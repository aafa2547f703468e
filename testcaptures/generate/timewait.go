package main

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// The states of a socket as /proc/net/tcp prints them.
const (
	stateTimeWait = "06"
	stateListen   = "0A"
)

// A socketEntry is a line of a list of TCP sockets.
type socketEntry struct {
	local, remote uint64 // ports
	state         string
}

// countTimeWait counts the sockets in TIME_WAIT whose local port (the server
// holds them) or remote port (the client does) is one of the servers'. It is
// what netstat would show for these ports. Each of the folders has the list of
// another network; two of the same would count twice.
func countTimeWait(folders []string, ports ...string) (timeWait, error) {
	var count timeWait
	isServer := map[uint64]bool{}
	for _, port := range ports {
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return count, err
		}
		isServer[number] = true
	}
	sockets, err := listSockets(folders...)
	for _, socket := range sockets {
		switch {
		case socket.state != stateTimeWait:
		case isServer[socket.local]:
			count.Server++
		case isServer[socket.remote]:
			count.Client++
		}
	}
	return count, err
}

// isListening says whether a server has the port.
func isListening(port string) (bool, error) {
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return false, err
	}
	sockets, err := listSockets(ownSockets)
	for _, socket := range sockets {
		if socket.state == stateListen && socket.local == number {
			return true, nil
		}
	}
	return false, err
}

// ownSockets has the lists of this process' network.
const ownSockets = "/proc/self/net"

// listSockets returns the TCP sockets of these networks, IPv4 and IPv6.
func listSockets(folders ...string) ([]socketEntry, error) {
	var all []socketEntry
	for _, folder := range folders {
		for _, name := range []string{"tcp", "tcp6"} {
			sockets, err := readSockets(filepath.Join(folder, name))
			if err != nil {
				return nil, err
			}
			all = append(all, sockets...)
		}
	}
	return all, nil
}

func readSockets(path string) ([]socketEntry, error) {
	table, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // a kernel without IPv6
	}
	if err != nil {
		return nil, err
	}
	defer table.Close()
	var all []socketEntry
	scanner := bufio.NewScanner(table)
	for scanner.Scan() {
		columns := strings.Fields(scanner.Text())
		if len(columns) >= 4 {
			all = append(all, socketEntry{hexPort(columns[1]), hexPort(columns[2]), columns[3]})
		}
	}
	return all, scanner.Err()
}

// hexPort returns the port of an address like 0100007F:1F90, 0 if it has none.
func hexPort(address string) uint64 {
	_, port, _ := strings.Cut(address, ":")
	number, err := strconv.ParseUint(port, 16, 16)
	if err != nil {
		return 0
	}
	return number
}
