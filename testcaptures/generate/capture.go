package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// wholePacket keeps every byte of the small packets that most scenarios send.
// tcpdump's own default would leave room for 16 packets in its buffer, too few
// for a burst.
const wholePacket = 8192

// captureStart is how long tcpdump may take until it captures.
const captureStart = 10 * time.Second

// capture is a running tcpdump.
type capture struct {
	path    string
	command *exec.Cmd
	file    *os.File
	said    chan string // tcpdump's messages, closed when it ends
}

// startCapture returns when tcpdump sees every packet of port. tcpdump writes
// to its standard output, so that it may give up root's rights as it likes.
func startCapture(ctx context.Context, path, port string, snap int) (*capture, error) {
	if snap == 0 {
		snap = wholePacket
	}
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, "tcpdump", "-i", "lo", "-n", "-U", "--immediate-mode",
		"-B", "4096", "-s", strconv.Itoa(snap), "-w", "-", "tcp port "+port)
	command.Stdout = file
	messages, err := command.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	c := &capture{path: path, command: command, file: file, said: make(chan string, 16)}
	go func() {
		defer close(c.said)
		for scanner := bufio.NewScanner(messages); scanner.Scan(); {
			c.said <- scanner.Text()
		}
	}()
	return c, c.waitUntilListening()
}

// waitUntilListening relies on tcpdump saying "listening on" only after the
// socket is bound and its filter set.
func (c *capture) waitUntilListening() error {
	timeout := time.After(captureStart)
	var all []string
	for {
		select {
		case message, running := <-c.said:
			if strings.Contains(message, "listening on") {
				return nil
			}
			if !running {
				return fmt.Errorf("does not capture: %s", strings.Join(all, "; "))
			}
			all = append(all, message)
		case <-timeout:
			return errors.New("does not start to capture")
		}
	}
}

// stop ends tcpdump and fails if it missed packets.
func (c *capture) stop() error {
	defer c.file.Close()
	if err := c.command.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	missed := "it did not say how many"
	for message := range c.said {
		if strings.Contains(message, "dropped by kernel") {
			missed, _, _ = strings.Cut(message, " ")
		}
	}
	if err := c.command.Wait(); err != nil {
		return err
	}
	if missed != "0" {
		return fmt.Errorf("packets missed: %s", missed)
	}
	return nil
}

func toPcapng(ctx context.Context, from, to string) error {
	output, err := exec.CommandContext(ctx, "editcap", "-F", "pcapng", from, to).CombinedOutput()
	if err != nil {
		return fmt.Errorf("editcap: %w: %s", err, output)
	}
	return nil
}

// Offsets in the classic pcap file that tcpdump writes on lo: Ethernet, IPv4.
const (
	pcapFileHeader   = 24
	pcapPacketHeader = 16
	pcapCapturedSize = 8
	ethernetHeader   = 14
	tcpFlagsOffset   = 13
	tcpSYN           = 0x02
	tcpACK           = 0x10
)

// countSYNs returns the number of SYN packets without ACK in a pcap file.
func countSYNs(path string) (int, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	syns := 0
	for at := pcapFileHeader; at+pcapPacketHeader <= len(data); {
		size := int(binary.LittleEndian.Uint32(data[at+pcapCapturedSize:]))
		at += pcapPacketHeader
		if size < 0 || at+size > len(data) {
			return 0, fmt.Errorf("%s is cut short", path)
		}
		if isSYN(data[at : at+size]) {
			syns++
		}
		at += size
	}
	return syns, nil
}

func isSYN(packet []byte) bool {
	if len(packet) <= ethernetHeader {
		return false
	}
	ipHeader := int(packet[ethernetHeader]&0x0f) * 4
	flags := ethernetHeader + ipHeader + tcpFlagsOffset
	return flags < len(packet) && packet[flags]&(tcpSYN|tcpACK) == tcpSYN
}
