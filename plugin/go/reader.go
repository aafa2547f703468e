// Package httpreuse reads what the Wireshark plugin http_reuse says of a capture: for every HTTP
// request whether its connection was new or reused, why connections were opened, and why they
// ended. It needs a tshark that has the plugin, and nothing but the standard library.
package httpreuse

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Schema is the version of the records that this package reads.
const Schema = 1

// maxLine bounds a line. The longest is the capture's.
const maxLine = 16 << 20

// ErrIncomplete says that records end before the capture's own, which is the last of each file.
var ErrIncomplete = errors.New("httpreuse: the records are not complete")

// A Reader reads records, one JSON object a line.
type Reader struct {
	lines *bufio.Scanner
	line  int
	whole bool
}

// NewReader reads from what `-X http_reuse:ndjson=FILE` wrote.
func NewReader(r io.Reader) *Reader {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	return &Reader{lines: lines}
}

// Read returns the next record, io.EOF after the capture's. Records of a type that is not known are
// left out: a later plugin may have more.
func (r *Reader) Read() (Record, error) {
	for r.lines.Scan() {
		r.line++
		record, err := parse(r.lines.Bytes())
		if err != nil {
			return nil, fmt.Errorf("httpreuse: line %d: %w", r.line, err)
		}
		if record == nil {
			continue
		}
		_, r.whole = record.(*Capture)
		return record, nil
	}
	if err := r.lines.Err(); err != nil {
		return nil, err
	}
	if !r.whole {
		return nil, ErrIncomplete
	}
	return nil, io.EOF
}

func parse(line []byte) (Record, error) {
	var kind struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(line, &kind); err != nil {
		return nil, err
	}
	var record Record
	switch kind.Type {
	case "request":
		record = new(Request)
	case "connection":
		record = new(Connection)
	case "finding":
		record = new(Finding)
	case "call":
		record = new(Call)
	case "origin":
		record = new(Origin)
	case "fix":
		record = new(Fix)
	case "capture":
		record = new(Capture)
	default:
		return nil, nil
	}
	if err := json.Unmarshal(line, record); err != nil {
		return nil, err
	}
	if capture, ok := record.(*Capture); ok && capture.Schema != Schema {
		return nil, fmt.Errorf("schema %d, and this package reads %d", capture.Schema, Schema)
	}
	return record, nil
}

// A Result is all records of one capture.
type Result struct {
	Requests    []*Request
	Connections []*Connection
	Findings    []*Finding
	Calls       []*Call
	Origins     []*Origin
	Fixes       []*Fix
	Capture     *Capture
}

// ReadAll reads the records of one capture.
func ReadAll(r io.Reader) (*Result, error) {
	reader := NewReader(r)
	result := new(Result)
	for {
		record, err := reader.Read()
		if err == io.EOF {
			return result, nil
		}
		if err != nil {
			return nil, err
		}
		switch record := record.(type) {
		case *Request:
			result.Requests = append(result.Requests, record)
		case *Connection:
			result.Connections = append(result.Connections, record)
		case *Finding:
			result.Findings = append(result.Findings, record)
		case *Call:
			result.Calls = append(result.Calls, record)
		case *Origin:
			result.Origins = append(result.Origins, record)
		case *Fix:
			result.Fixes = append(result.Fixes, record)
		case *Capture:
			result.Capture = record
		}
	}
}
