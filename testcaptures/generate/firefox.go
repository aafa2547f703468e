package main

import (
	"crypto/tls"
	"os"
	"path/filepath"
)

// Firefox shares one HTTP/2 connection for two names if address and
// certificate fit (RFC 9113 §9.1.1).

func init() {
	register(scenario{
		name:  "firefox-h2",
		about: "firefox: a page with pictures at two names, HTTP/2 over TLS",
		needs: []string{"firefox-esr", "certutil"},
		twin:  true,
		serve: func(s *server) { s.serveTLS(tls.VersionTLS13, alsoHTTP2, s.servePage) },
		stage: browse((*stage).firefox),
		want:  want{entries: pageRequests, reused: pageRequests - 1, syns: varies},
	})
}

// firefoxPreferences resolve the names, and keep firefox from talking to
// anybody else.
const firefoxPreferences = `
user_pref("network.dns.localDomains", "a.example,b.example");
user_pref("network.dns.disableIPv6", true);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.http.speculative-parallel-limit", 0);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("security.OCSP.enabled", 0);
user_pref("app.normandy.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("services.settings.server", "https://localhost:9");
`

// firefox opens a page, makes a picture of it, and ends.
func (st *stage) firefox(page string) error {
	if err := st.said("firefox-esr", "--version"); err != nil {
		return err
	}
	profile := st.path("profile")
	if err := os.Mkdir(profile, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(profile, "user.js"), []byte(firefoxPreferences), 0o644); err != nil {
		return err
	}
	_, err := st.run("certutil", "-A", "-d", "sql:"+profile, "-n", "capture authority", "-t", "C,,",
		"-i", st.path(authorityFile))
	if err != nil {
		return err
	}
	_, err = st.run("firefox-esr", "--headless", "--no-remote", "--profile", profile,
		"--screenshot", st.path("page.png"), page)
	return err
}
