package main

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
)

// A browser with a page of a.example whose pictures are at a.example and
// b.example. Over HTTP/1.1 it opens up to six connections to each, over HTTP/2
// one that serves, and others that are ready too late. It says nothing about
// itself: the requests are what the server saw.

func init() {
	registerChromium("chromium-h2", "HTTP/2", alsoHTTP2, want{entries: pageRequests, reused: pageRequests - 2, syns: varies})
	registerChromium("chromium-h1", "HTTP/1.1", onlyHTTP1, want{entries: pageRequests, reused: varies, syns: varies})
}

func registerChromium(name, about string, protocols []string, want want) {
	register(scenario{
		name:  name,
		about: "chromium: a page with pictures at two names, " + about + " over TLS",
		needs: []string{"chromium"},
		twin:  true,
		serve: func(s *server) { s.serveTLS(tls.VersionTLS13, protocols, s.servePage) },
		stage: browse((*stage).chromium),
		want:  want,
	})
}

// chromium opens a page and ends.
func (st *stage) chromium(page string) error {
	if err := st.said("chromium", "--version"); err != nil {
		return err
	}
	fingerprint, err := st.keyFingerprint()
	if err != nil {
		return err
	}
	_, err = st.run("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-quic",
		"--user-data-dir="+st.path("profile"), "--host-resolver-rules=MAP *.example 127.0.0.1",
		"--ignore-certificate-errors-spki-list="+fingerprint, "--ssl-key-log-file="+st.keyLog(),
		"--virtual-time-budget=5000", "--dump-dom", page)
	return err
}

// keyFingerprint is the SHA-256 of the certificate's public key, by which
// chromium is made to trust it.
func (st *stage) keyFingerprint() (string, error) {
	pair, err := tls.LoadX509KeyPair(st.path(certificateFile), st.path(keyFile))
	if err != nil {
		return "", err
	}
	certificate, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:]), nil
}
