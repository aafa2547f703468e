package httpreusetrace

import (
	"runtime"
	"testing"
)

// Stacks, innermost first, and the call site in each.
func TestSites(t *testing.T) {
	roundTrip := runtime.Frame{Function: here + ".(*transport).RoundTrip"}
	client := runtime.Frame{Function: "net/http.(*Client).Do"}
	library := runtime.Frame{Function: "github.com/x/rest.(*Client).Get",
		File: "/root/go/pkg/mod/github.com/x/rest@v1.2.0/client.go", Line: 7}
	own := runtime.Frame{Function: "example.com/shop/api.List", File: "/src/shop/api/list.go", Line: 30}
	program := runtime.Frame{Function: "main.main", File: "/src/shop/cmd/shop/main.go", Line: 42}
	trimmed := runtime.Frame{Function: "main.main", File: "example.com/shop/cmd/shop/main.go", Line: 42}
	header := runtime.Frame{Function: "example.com/shop/api.header.RoundTrip", File: "/src/shop/api/h.go", Line: 1}
	dotless := runtime.Frame{Function: "shop/api.List", File: "/src/shop/api/list.go", Line: 30}
	goexit := runtime.Frame{Function: "runtime.goexit"}
	for _, c := range []struct {
		module, want string
		frames       []runtime.Frame
	}{
		{"example.com/shop", "main.go:42", []runtime.Frame{roundTrip, client, program, goexit}},
		{"example.com/shop", "cmd/shop/main.go:42", []runtime.Frame{roundTrip, client, trimmed}},
		{"example.com/shop", "api/list.go:30", []runtime.Frame{roundTrip, header, client, library, own, program}},
		{"example.com/shop", "main.go:42", []runtime.Frame{roundTrip, program}},
		{"example.com/shop", "github.com/x/rest/client.go:7", []runtime.Frame{roundTrip, client, library, goexit}},
		{"", "api/list.go:30", []runtime.Frame{roundTrip, client, library, own, goexit}},
		{"", "api/list.go:30", []runtime.Frame{roundTrip, client, dotless, goexit}},
		{"", "", []runtime.Frame{roundTrip, client, goexit}},
	} {
		if site, _ := siteOf(c.frames, c.module); site != c.want {
			t.Errorf("%s, want %s, of %v", site, c.want, c.frames)
		}
	}
	Skip = []string{"example.com/shop/api."}
	defer func() { Skip = nil }()
	if site, _ := siteOf([]runtime.Frame{roundTrip, client, own, program}, "example.com/shop"); site != "main.go:42" {
		t.Errorf("%s is to be passed over", site)
	}
}
