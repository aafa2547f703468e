package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// Every scenario has its own certificate authority, and one certificate for
// all its servers. They lie in the stage's folder and end with it.
const (
	authorityFile   = "ca.pem"
	certificateFile = "cert.pem"
	keyFile         = "key.pem"
)

// certifiedNames are the names that the certificate is good for.
var certifiedNames = []string{"a.example", "b.example", "c.example"}

func writeCertificates(folder string) error {
	now := time.Now()
	authority := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "capture authority"},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	authorityKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	signed, err := x509.CreateCertificate(rand.Reader, authority, authority, authorityKey.Public(), authorityKey)
	if err != nil {
		return err
	}
	if err := writePEM(folder, authorityFile, "CERTIFICATE", signed); err != nil {
		return err
	}

	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: certifiedNames[0]},
		DNSNames:     certifiedNames,
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		NotBefore:    authority.NotBefore,
		NotAfter:     authority.NotAfter,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	if signed, err = x509.CreateCertificate(rand.Reader, leaf, authority, key.Public(), authorityKey); err != nil {
		return err
	}
	if err := writePEM(folder, certificateFile, "CERTIFICATE", signed); err != nil {
		return err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(folder, keyFile, "PRIVATE KEY", encoded)
}

func writePEM(folder, name, kind string, content []byte) error {
	block := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
	return os.WriteFile(filepath.Join(folder, name), block, 0o644)
}

// loadCertificate and loadAuthority are for the processes that are started
// with the stage's folder in their environment.
func loadCertificate() tls.Certificate {
	folder := os.Getenv(folderVariable)
	pair, err := tls.LoadX509KeyPair(filepath.Join(folder, certificateFile), filepath.Join(folder, keyFile))
	exitOn(err)
	return pair
}

func loadAuthority() *x509.CertPool {
	text, err := os.ReadFile(filepath.Join(os.Getenv(folderVariable), authorityFile))
	exitOn(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return pool
}
