package main

import (
	"os/exec"
	"strings"
)

const nghttpxLog = "nghttpx.log"

// nghttpxLogFormat makes a JSON object of every request. It has no number of
// the connection; client and port are as good.
const nghttpxLogFormat = `{"remote":"$remote_addr:$remote_port","request":"$request","status":$status,"alpn":"$alpn"}`

// startNghttpx starts the server half, and before it nghttpx, whose front has
// these parameters. It returns the address of the front.
func (st *stage) startNghttpx(parameters string, options ...string) (string, error) {
	p, err := st.newNghttpx(parameters, options...)
	if err != nil {
		return "", err
	}
	_, err = p.start()
	return p.address, err
}

// An nghttpx can be started several times, one after the other.
type nghttpx struct {
	stage     *stage
	address   string
	arguments []string
}

func (st *stage) newNghttpx(parameters string, options ...string) (*nghttpx, error) {
	if err := st.said("nghttpx", "--version"); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	st.captured(address)
	st.truth.Servers = []string{address}
	backends, err := st.startGoServer()
	if err != nil {
		return nil, err
	}
	st.onStop(func() (err error) {
		st.truth.ServerLog, err = readJSONLines(st.path(nghttpxLog))
		return err
	})
	frontend := strings.ReplaceAll(address, ":", ",") + ";" + parameters
	// Key and certificate, which are not options, come last.
	arguments := append([]string{"--conf=/dev/null", "--workers=1",
		"--frontend=" + frontend, "--backend=" + strings.ReplaceAll(backends[0], ":", ","),
		"--accesslog-file=" + st.path(nghttpxLog), "--accesslog-format=" + nghttpxLogFormat,
		"--errorlog-file=/dev/stderr"}, options...)
	return &nghttpx{st, address, arguments}, nil
}

// start returns when nghttpx listens.
func (p *nghttpx) start() (*exec.Cmd, error) {
	return p.stage.startAt(p.address, "nghttpx", p.arguments...)
}
