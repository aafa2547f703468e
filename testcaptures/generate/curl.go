package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
)

// curlSaid is the part of curl's -w '%{json}' that goes into the truth.
type curlSaid struct {
	Method       string  `json:"method"`
	URL          string  `json:"url_effective"`
	NumConnects  int     `json:"num_connects"`
	LocalIP      string  `json:"local_ip"`
	LocalPort    int     `json:"local_port"`
	RemoteIP     string  `json:"remote_ip"`
	RemotePort   int     `json:"remote_port"`
	HTTPVersion  string  `json:"http_version"`
	ResponseCode int     `json:"response_code"`
	SizeDownload int64   `json:"size_download"`
	EarlyData    int     `json:"tls_earlydata"`
	Error        *string `json:"errormsg"`
}

// curlProtocols are curl's versions as net/http spells them.
var curlProtocols = map[string]string{"1": "HTTP/1.0", "1.1": "HTTP/1.1", "2": "HTTP/2.0", "3": "HTTP/3.0"}

// curlFixed are the arguments of every curl. Its working directory has the
// certificate.
var curlFixed = []string{"-s", "--no-progress-meter", "--cacert", authorityFile, "-w", "%{json}\n"}

// curl runs curl once.
func (st *stage) curl(arguments ...string) error {
	if err := st.said("curl", "--version"); err != nil {
		return err
	}
	output, err := st.run("curl", append(curlFixed, arguments...)...)
	if err != nil {
		return err
	}
	return st.enterCurl(output)
}

// newerCurl runs Debian 13's curl once.
func (st *stage) newerCurl(arguments ...string) error {
	if err := st.said("chroot", os.Getenv(trixieVariable), "curl", "--version"); err != nil {
		return err
	}
	output, err := st.inTrixie("", "curl", append(curlFixed, arguments...)...)
	if err != nil {
		return err
	}
	return st.enterCurl(output)
}

// enterCurl enters every transfer into the truth, in the order in which they
// ended.
func (st *stage) enterCurl(output []byte) error {
	for decoder := json.NewDecoder(bytes.NewReader(output)); decoder.More(); {
		var said curlSaid
		if err := decoder.Decode(&said); err != nil {
			return fmt.Errorf("curl said something else than JSON: %w", err)
		}
		entered, err := said.request(len(st.truth.Requests) + 1)
		if err != nil {
			return err
		}
		st.truth.Requests = append(st.truth.Requests, entered)
	}
	return nil
}

func (c *curlSaid) request(n int) (*request, error) {
	address, err := url.Parse(c.URL)
	if err != nil {
		return nil, err
	}
	var early *int
	if c.EarlyData != 0 {
		early = some(c.EarlyData)
	}
	return &request{
		N:             n,
		Method:        c.Method,
		URL:           c.URL,
		Path:          address.RequestURI(),
		Server:        some(net.JoinHostPort(c.RemoteIP, strconv.Itoa(c.RemotePort))),
		Local:         some(net.JoinHostPort(c.LocalIP, strconv.Itoa(c.LocalPort))),
		Reused:        some(c.NumConnects == 0),
		Wrote:         c.ResponseCode != 0,
		Status:        some(c.ResponseCode),
		Error:         c.Error,
		BodyBytesRead: c.SizeDownload,
		BodyEOF:       c.Error == nil,
		Attempt:       1,
		Proto:         some(curlProtocols[c.HTTPVersion]),
		EarlyData:     early,
	}, nil
}

// fetch are the arguments for URLs whose bodies are of no interest, each with
// a path of its own.
func fetch(origin string, times int) []string {
	var arguments []string
	for i := 1; i <= times; i++ {
		arguments = append(arguments, "-o", "/dev/null", fmt.Sprintf("%s/%d", origin, i))
	}
	return arguments
}

// resolve lets curl find the names in .example at 127.0.0.1.
func resolve(address string) []string {
	_, port, _ := net.SplitHostPort(address)
	var arguments []string
	for _, name := range certifiedNames {
		arguments = append(arguments, "--resolve", name+":"+port+":127.0.0.1")
	}
	return arguments
}

// exampleOrigin is how a.example is called at the port of address.
func exampleOrigin(scheme, address string) string {
	_, port, _ := net.SplitHostPort(address)
	return scheme + "://a.example:" + port
}
