package main

import (
	"fmt"
	"net/http"
	"path"
	"strconv"
)

// How much is left unread does not matter to net/http, only that something is.
// On the wire it does: what fits into the kernels' buffers arrives whole.

func init() {
	sizes := []int{1, 4 << 10, 16 << 10, 64 << 10, 512 << 10}
	register(scenario{
		name:  "go-undrained-sizes",
		about: "bodies of 1 byte to 512 KiB closed unread, a drained GET after each",
		snap:  512,
		serve: func(s *server) {
			s.serveHTTP(func(w http.ResponseWriter, r *http.Request) {
				size, err := strconv.Atoi(path.Base(r.URL.Path))
				if err != nil {
					size = smallBody
				}
				answer(w, size)
			})
		},
		call: func(c *client) {
			for _, size := range sizes {
				c.get(fmt.Sprintf("/unread/%d", size)).Body.Close()
				c.getAndDrain("/read")
			}
		},
		// Each unread body but the first is on the connection of the read one before.
		want: want{entries: 10, reused: 4, syns: 6},
	})
}
