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

// startCaptures starts a tcpdump for each device.
func (st *stage) startCaptures() ([]*capture, error) {
	devices := []string{"lo"}
	if st.network != nil {
		devices = st.network.devices
	}
	var all []*capture
	for _, device := range devices {
		c, err := st.startCapture(device)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// startCapture returns when tcpdump sees every packet that passes the filter.
// tcpdump writes to its standard output, so that it may give up root's rights
// as it likes.
func (st *stage) startCapture(device string) (*capture, error) {
	snap := st.scenario.snap
	if snap == 0 {
		snap = wholePacket
	}
	path := st.path(device + ".pcap")
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	arguments := inNamespace(st.captureNamespace(), "tcpdump", "-i", device, "-n", "-U", "--immediate-mode",
		"-B", "32768", "-s", strconv.Itoa(snap), "-w", "-", st.filter())
	command := exec.CommandContext(st.ctx, arguments[0], arguments[1:]...)
	command.Stdout = file
	messages, err := command.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	st.processes = append(st.processes, command)
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

// merge makes one file, in pcapng, of several captures.
func merge(ctx context.Context, captures []*capture, to string) error {
	arguments := []string{"-F", "pcapng", "-I", "none", "-w", to}
	for _, c := range captures {
		arguments = append(arguments, c.path)
	}
	output, err := exec.CommandContext(ctx, "mergecap", arguments...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("mergecap: %w: %s", err, output)
	}
	return nil
}

// toPcapng converts a capture. With the path of a key log it embeds the keys.
func toPcapng(ctx context.Context, from, to, keys string) error {
	arguments := []string{"-F", "pcapng"}
	if keys != "" {
		arguments = append(arguments, "--inject-secrets", "tls,"+keys)
	}
	output, err := exec.CommandContext(ctx, "editcap", append(arguments, from, to)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("editcap: %w: %s", err, output)
	}
	return nil
}

// Offsets in the classic pcap file that tcpdump writes on lo: Ethernet, then
// IPv4, or IPv6 without extension headers.
const (
	pcapFileHeader   = 24
	pcapPacketHeader = 16
	pcapCapturedSize = 8
	pcapOriginalSize = 12
	ethernetHeader   = 14
	ipv4Protocol     = 9
	ipv6NextHeader   = 6
	ipv6Header       = 40
	protocolTCP      = 6
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
	err = eachPacket(data, func(_, frame []byte) {
		if isSYN(frame) {
			syns++
		}
	})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	return syns, nil
}

// eachPacket calls do with every packet of a pcap file, and its header there.
func eachPacket(data []byte, do func(header, frame []byte)) error {
	for at := pcapFileHeader; at+pcapPacketHeader <= len(data); {
		header := data[at : at+pcapPacketHeader]
		size := int(binary.LittleEndian.Uint32(header[pcapCapturedSize:]))
		at += pcapPacketHeader
		if size < 0 || at+size > len(data) {
			return errors.New("cut short")
		}
		do(header, data[at:at+size])
		at += size
	}
	return nil
}

// packetTime is when a packet was captured: seconds, microseconds.
func packetTime(header []byte) time.Time {
	seconds := binary.LittleEndian.Uint32(header)
	micros := binary.LittleEndian.Uint32(header[4:])
	return time.Unix(int64(seconds), int64(micros)*1000)
}

func isSYN(packet []byte) bool {
	if len(packet) < ethernetHeader+ipv6Header {
		return false
	}
	ip := packet[ethernetHeader:]
	header, protocol := int(ip[0]&0x0f)*4, ip[ipv4Protocol]
	if ip[0]>>4 == 6 {
		header, protocol = ipv6Header, ip[ipv6NextHeader]
	}
	flags := header + tcpFlagsOffset
	return protocol == protocolTCP && flags < len(ip) && ip[flags]&(tcpSYN|tcpACK) == tcpSYN
}
