package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// nghttp sends every request before it has seen the server's SETTINGS. It
// spends the stream ids up to 11 on priorities: its first request is 13.

// startNghttpd serves /1 to /9 without TLS and returns its address.
func (st *stage) startNghttpd(options ...string) (string, error) {
	const documents = "documents"
	if err := os.Mkdir(st.path(documents), 0o755); err != nil {
		return "", err
	}
	for i := 1; i <= 9; i++ {
		file := filepath.Join(st.path(documents), strconv.Itoa(i))
		if err := os.WriteFile(file, body(smallBody), 0o644); err != nil {
			return "", err
		}
	}
	address, err := freeHTTPAddress()
	if err != nil {
		return "", err
	}
	st.captured(address)
	st.truth.Servers = []string{address}
	host, port, _ := strings.Cut(address, ":")
	options = append(options, "--no-tls", "-a", host, "-d", documents, port)
	_, err = st.startAt(address, "nghttpd", options...)
	return address, err
}

// What nghttp -v says: a frame or header of a stream, then its details.
var (
	nghttpSent   = regexp.MustCompile(`send HEADERS frame <.*stream_id=(\d+)>`)
	nghttpStatus = regexp.MustCompile(`recv \(stream_id=(\d+)\) :status: (\d+)`)
	nghttpReset  = regexp.MustCompile(`recv RST_STREAM frame <.*stream_id=(\d+)>`)
	nghttpData   = regexp.MustCompile(`recv DATA frame <length=(\d+), flags=(\S+), stream_id=(\d+)>`)
	nghttpDetail = regexp.MustCompile(`:(method|path): (\S+)|error_code=(\w+)`)
)

// nghttp runs nghttp once and enters its requests into the truth.
func (st *stage) nghttp(address string, arguments ...string) error {
	if err := st.said("nghttp", "--version"); err != nil {
		return err
	}
	output, err := st.run("nghttp", append([]string{"-n", "-v"}, arguments...)...)
	if err != nil {
		return err
	}
	story := nghttpStory{server: address, byStream: map[string]*request{}}
	for scanner := bufio.NewScanner(bytes.NewReader(output)); scanner.Scan(); {
		story.read(scanner.Text())
	}
	st.truth.Requests = append(st.truth.Requests, story.requests...)
	return nil
}

// nghttpStory follows what nghttp -v prints.
type nghttpStory struct {
	server   string
	requests []*request
	byStream map[string]*request
	detailed *request // whose details are being printed
	reset    bool     // these details are those of a reset
}

func (s *nghttpStory) read(line string) {
	if strings.HasPrefix(line, "[") {
		s.detailed, s.reset = nil, false
	}
	if found := nghttpSent.FindStringSubmatch(line); found != nil {
		s.open(found[1])
	} else if found := nghttpReset.FindStringSubmatch(line); found != nil {
		s.detailed, s.reset = s.byStream[found[1]], true
	} else if found := nghttpStatus.FindStringSubmatch(line); found != nil && s.byStream[found[1]] != nil {
		s.byStream[found[1]].Status = some(number(found[2]))
	} else if found := nghttpData.FindStringSubmatch(line); found != nil && s.byStream[found[3]] != nil {
		answered := s.byStream[found[3]]
		answered.BodyBytesRead += int64(number(found[1]))
		answered.BodyEOF = found[2] == "0x01"
	} else if found := nghttpDetail.FindStringSubmatch(line); found != nil && s.detailed != nil {
		s.detail(found[1], found[2], found[3])
	}
}

func (s *nghttpStory) open(stream string) {
	s.detailed = &request{
		N:       len(s.requests) + 1,
		Server:  some(s.server),
		Reused:  some(len(s.requests) > 0),
		Wrote:   true,
		Attempt: 1,
		Proto:   some("HTTP/2.0"),
		Stream:  some(number(stream)),
	}
	s.byStream[stream] = s.detailed
	s.requests = append(s.requests, s.detailed)
}

func (s *nghttpStory) detail(name, value, code string) {
	switch {
	case s.reset && code != "":
		s.detailed.Error = some(code)
	case name == "method":
		s.detailed.Method = value
	case name == "path":
		s.detailed.Path = value
		s.detailed.URL = fmt.Sprintf("http://%s%s", s.server, value)
	}
}

// number is for digits that a regular expression has found.
func number(digits string) int {
	value, _ := strconv.Atoi(digits)
	return value
}
