package main

import (
	"fmt"
	"os"
	"path"
	"strings"
	"time"
)

// Apache httpd closes a connection that was idle for KeepAliveTimeout, 5 s by
// default, and when MaxKeepAliveRequests, 100 by default, went before a request:
// there is one more than the name says. It announces both (Keep-Alive:
// timeout=5, max=100) to clients that say Connection: keep-alive, as requests
// does, and net/http does not.

// apacheConfiguration: %1 is the stage's folder, %2 the address, %3 what
// differs. The log, a JSON object a line, is part of the truth: keep_alives is
// how many requests went before on the connection, after is + if it may stay
// open, - if httpd closes it, X if the client did.
const apacheConfiguration = `
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
ServerRoot %[1]s
DefaultRuntimeDir %[1]s
PidFile %[1]s/apache.pid
ServerName a.example
Listen %[2]s
User nobody
Group nogroup
ErrorLog /dev/stderr
LogFormat "{\"remote\":\"%%h:%%{remote}p\",\"keep_alives\":%%k,\"after\":\"%%X\",\"method\":\"%%m\",\"uri\":\"%%U\",\"status\":%%>s,\"protocol\":\"%%H\"}" truth
CustomLog %[1]s/access.log truth
DocumentRoot %[1]s/documents
%[3]s
`

const apacheDocument = "documents/page"

func init() {
	const (
		calls = 12
		limit = "MaxKeepAliveRequests 4"
		pause = 6 * time.Second
	)
	register(scenario{
		name:  "apache-idle",
		about: "two times two GETs by Go and 6 s, httpd with its default of 5 s",
		needs: []string{"apache2"},
		stage: func(st *stage) (func() error, error) {
			address, err := st.startApache("")
			return func() error { return st.runGoClient(address) }, err
		},
		call: func(c *client) {
			for i := 0; i < 2; i++ {
				c.getAndDrain("/page")
				c.getAndDrain("/page")
				time.Sleep(pause)
			}
		},
		want: want{entries: 4, reused: 2, syns: 2},
	})
	registerApacheLimit("apache-limit", "12 GETs by Go, httpd's MaxKeepAliveRequests is 4", limit,
		want{calls, calls - 3, 3})
	registerApacheLimit("apache-limit-default", "103 GETs by Go, httpd as it is by default", "",
		want{103, 101, 2})
	register(scenario{
		name:  "apache-limit-announced",
		about: "12 GETs by Python's requests, httpd announces max=4",
		needs: []string{"apache2", needsRequests},
		stage: func(st *stage) (func() error, error) {
			address, err := st.startApache(limit)
			var paths []string
			for i := 0; i < calls; i++ {
				paths = append(paths, "/page")
			}
			return func() error { return st.requestsClient(address, "session", paths...) }, err
		},
		want: want{entries: calls, reused: calls - 3, syns: 3},
	})
}

func registerApacheLimit(name, about, limit string, want want) {
	register(scenario{
		name:  name,
		about: about,
		needs: []string{"apache2"},
		stage: func(st *stage) (func() error, error) {
			address, err := st.startApache(limit)
			return func() error { return st.runGoClient(address) }, err
		},
		call: func(c *client) {
			for i := 0; i < want.entries; i++ {
				c.getAndDrain("/page")
			}
		},
		want: want,
	})
}

// startApache returns where httpd listens, with its defaults and what is
// configured besides. Its log goes into the truth when it is stopped.
func (st *stage) startApache(besides string) (string, error) {
	address, err := freeAddress()
	if err != nil {
		return "", err
	}
	st.captured(address)
	st.truth.Servers = []string{address}
	version, err := st.run("apache2", "-v")
	if err != nil {
		return "", err
	}
	st.truth.Programs = append(st.truth.Programs, strings.TrimPrefix(firstLine(version), "Server version: "))
	if err := st.writeApacheFiles(fmt.Sprintf(apacheConfiguration, st.folder, address, besides)); err != nil {
		return "", err
	}
	st.onStop(func() (err error) {
		st.truth.ServerLog, err = readJSONLines(st.path("access.log"))
		return err
	})
	_, err = st.startAt(address, "apache2", "-DFOREGROUND", "-f", st.path("apache.conf"))
	return address, err
}

// writeApacheFiles writes the configuration and the document, and lets the
// user that httpd becomes look into the folder.
func (st *stage) writeApacheFiles(configuration string) error {
	if err := os.WriteFile(st.path("apache.conf"), []byte(configuration), 0o644); err != nil {
		return err
	}
	if err := os.Mkdir(st.path(path.Dir(apacheDocument)), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(st.path(apacheDocument), body(smallBody), 0o644); err != nil {
		return err
	}
	return os.Chmod(st.folder, 0o711)
}
