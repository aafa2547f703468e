package main

// nginx closes an idle connection after keepalive_timeout.

func init() {
	register(scenario{
		name:  "nginx-idle",
		about: "three GETs 2.2 s apart by Go, nginx' keepalive_timeout is 1.5 s",
		needs: []string{"nginx"},
		stage: nginxAndGo("", "server { LISTEN keepalive_timeout 1500ms; "+nginxText(smallBody)+" }"),
		call:  getWithPauses,
		want:  want{entries: 3, reused: 0, syns: 3},
	})
}
