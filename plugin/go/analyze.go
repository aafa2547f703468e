package httpreuse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// TShark is the program that Analyze runs: what the environment's TSHARK names, else tshark.
var TShark = tshark()

func tshark() string {
	if name := os.Getenv("TSHARK"); name != "" {
		return name
	}
	return "tshark"
}

// ErrNoPlugin says that tshark is there and does not know http_reuse.
var ErrNoPlugin = errors.New("httpreuse: tshark has no plugin http_reuse (as root it loads none of" +
	" root's own home)")

// Analyze runs tshark on a capture file, with further options if there are any (for example
// "-o", "tls.keylog_file:keys.log"), and returns what the plugin says.
func Analyze(ctx context.Context, capture string, options ...string) (*Result, error) {
	if err := checkPlugin(ctx); err != nil {
		return nil, err
	}
	arguments := append([]string{"-q", "-r", capture, "-X", "http_reuse:ndjson=-"}, options...)
	output, err := run(ctx, arguments...)
	if err != nil {
		return nil, err
	}
	return ReadAll(bytes.NewReader(output))
}

// checkPlugin: without the plugin tshark takes no notice of the option, and prints nothing.
func checkPlugin(ctx context.Context) error {
	output, err := run(ctx, "-G", "plugins")
	if err == nil && !bytes.Contains(output, []byte("http_reuse")) {
		err = ErrNoPlugin
	}
	return err
}

func run(ctx context.Context, arguments ...string) ([]byte, error) {
	var said bytes.Buffer
	command := exec.CommandContext(ctx, TShark, arguments...)
	command.Stderr = &said
	output, err := command.Output()
	if err == nil {
		return output, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if words := strings.TrimSpace(said.String()); words != "" {
		return nil, fmt.Errorf("httpreuse: %s: %w: %s", TShark, err, words)
	}
	return nil, fmt.Errorf("httpreuse: %s: %w", TShark, err)
}
