// SPDX-License-Identifier: GPL-2.0-or-later
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// idleTimeout of the server of HTTP/1 in the clear: some clients come back just as it ends.
const idleTimeout = 700 * time.Millisecond

var filler = strings.Repeat("0123456789abcdef", 8192)

// answer gives as many bytes as the path says, after as many milliseconds as the query says.
func answer(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	if wait, err := strconv.Atoi(r.URL.RawQuery); err == nil {
		time.Sleep(time.Duration(wait) * time.Millisecond)
	}
	length, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
	if length > len(filler) {
		length = len(filler)
	}
	w.Header().Set("Content-Length", strconv.Itoa(length))
	_, _ = io.WriteString(w, filler[:length])
}

func serve(pair tls.Certificate) {
	handler := http.HandlerFunc(answer)
	silent := log.New(io.Discard, "", 0) // handshakes that clients give up
	clear := &http.Server{Addr: ":8080", Handler: handler, IdleTimeout: idleTimeout}
	h2 := &http.Server{Addr: ":8443", Handler: handler, ErrorLog: silent,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}}}
	tls12 := &http.Server{Addr: ":8444", Handler: handler, ErrorLog: silent,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}, MaxVersion: tls.VersionTLS12,
			NextProtos: []string{"http/1.1"}},
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){}}
	go func() { log.Fatal(clear.ListenAndServe()) }()
	go func() { log.Fatal(h2.ListenAndServeTLS("", "")) }()
	go func() { log.Fatal(tls12.ListenAndServeTLS("", "")) }()
	time.Sleep(200 * time.Millisecond)
}

// certificate makes one and leaves it for nginx.
func certificate(folder string) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(24 * time.Hour),
		Subject: pkix.Name{CommonName: "ring.example"}, DNSNames: []string{"ring.example"}}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		log.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		log.Fatal(err)
	}
	write(filepath.Join(folder, "cert.pem"), "CERTIFICATE", certificate)
	write(filepath.Join(folder, "key.pem"), "PRIVATE KEY", private)
	return tls.Certificate{Certificate: [][]byte{certificate}, PrivateKey: key}
}

func write(name, kind string, bytes []byte) {
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o644); err != nil {
		log.Fatal(err)
	}
}
