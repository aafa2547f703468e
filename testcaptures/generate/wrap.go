package main

import (
	"encoding/binary"
	"fmt"
	"os"
)

// What this machine's kernel cannot do is put around the packets after they
// were captured. Each function here turns an Ethernet frame with IPv4 into
// another frame.

const vlanTag = 7

// tagVLAN inserts an IEEE 802.1Q tag.
func tagVLAN(frame []byte) []byte {
	const addresses = 12
	tagged := append([]byte{}, frame[:addresses]...)
	tagged = append(tagged, 0x81, 0x00, 0, vlanTag)
	return append(tagged, frame[addresses:]...)
}

// wrapGRE puts an IPv4 and a GRE header (RFC 2784) around the IPv4 packet.
func wrapGRE(frame []byte) []byte {
	const size = 20
	const protocolGRE = 47
	inner := frame[ethernetHeader:]
	gre := []byte{0, 0, 0x08, 0x00} // no options, IPv4
	outer := make([]byte, size)
	outer[0] = 0x45
	binary.BigEndian.PutUint16(outer[2:], uint16(size+len(gre)+len(inner)))
	outer[8] = 64
	outer[9] = protocolGRE
	copy(outer[12:], []byte{192, 0, 2, 1})
	copy(outer[16:], []byte{192, 0, 2, 2})
	binary.BigEndian.PutUint16(outer[10:], checksum(outer))
	wrapped := append([]byte{}, frame[:ethernetHeader]...)
	wrapped = append(wrapped, outer...)
	wrapped = append(wrapped, gre...)
	return append(wrapped, inner...)
}

func checksum(header []byte) uint16 {
	sum := uint32(0)
	for i := 0; i < len(header); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(header[i:]))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

// wrapCapture writes a pcap file anew with every frame wrapped.
func wrapCapture(path string, wrap func([]byte) []byte) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	wrapped := append([]byte{}, data[:pcapFileHeader]...)
	err = eachPacket(data, func(header, frame []byte) {
		changed := wrap(frame)
		header = append([]byte{}, header...)
		grown := uint32(len(changed) - len(frame))
		for _, at := range []int{pcapCapturedSize, pcapOriginalSize} {
			binary.LittleEndian.PutUint32(header[at:], binary.LittleEndian.Uint32(header[at:])+grown)
		}
		wrapped = append(append(wrapped, header...), changed...)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, wrapped, 0o644)
}
