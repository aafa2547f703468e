package main

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

// stateTimeWait is TCP_TIME_WAIT as /proc/net/tcp prints it.
const stateTimeWait = "06"

// countTimeWait counts the sockets in TIME_WAIT whose local port (the server
// holds them) or remote port (the client does) is the server's. It is what
// netstat would show for this port.
func countTimeWait(port string) (timeWait, error) {
	var count timeWait
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return count, err
	}
	table, err := os.Open("/proc/net/tcp")
	if err != nil {
		return count, err
	}
	defer table.Close()

	scanner := bufio.NewScanner(table)
	for scanner.Scan() {
		columns := strings.Fields(scanner.Text())
		if len(columns) < 4 || columns[3] != stateTimeWait {
			continue
		}
		switch number {
		case hexPort(columns[1]):
			count.Server++
		case hexPort(columns[2]):
			count.Client++
		}
	}
	return count, scanner.Err()
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
