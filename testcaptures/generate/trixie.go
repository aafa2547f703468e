package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Clients of Debian 13, which run in a folder that trixie.sh has made. They
// share the network of this machine, and the key log at the end.

const (
	trixieVariable = "GENERATE_TRIXIE"
	// needsTrixie is for scenario.needs.
	needsTrixie = "Debian 13 in " + trixieVariable
)

// A trixieFolder lies within Debian 13. It holds the certificates of the stage,
// and a script.
type trixieFolder struct{ root, outside, inside string }

// trixieFolder makes one, which ends with the stage.
func (st *stage) trixieFolder(script string) (trixieFolder, error) {
	root := os.Getenv(trixieVariable)
	outside, err := os.MkdirTemp(filepath.Join(root, "tmp"), "generate")
	if err != nil {
		return trixieFolder{}, err
	}
	st.onClear(func() { os.RemoveAll(outside) })
	for _, name := range []string{authorityFile, certificateFile, keyFile} {
		if err := copyFile(st.path(name), filepath.Join(outside, name)); err != nil {
			return trixieFolder{}, err
		}
	}
	err = os.WriteFile(filepath.Join(outside, "script"), []byte(script), 0o644)
	return trixieFolder{root, outside, filepath.Join("/tmp", filepath.Base(outside))}, err
}

// command are chroot's arguments that run a program in the folder.
func (f trixieFolder) command(program string, arguments ...string) []string {
	return append([]string{f.root, "/usr/bin/env", "-i", "-C", f.inside, "PATH=/usr/bin:/bin", "LANG=C.UTF-8",
		keyLogVariable + "=" + f.inside + "/keys.log", program}, arguments...)
}

// inTrixie runs a client, which finds the script, if there is one, as "script".
func (st *stage) inTrixie(script string, program string, arguments ...string) ([]byte, error) {
	folder, err := st.trixieFolder(script)
	if err != nil {
		return nil, err
	}
	output, err := st.run("chroot", folder.command(program, arguments...)...)
	if err != nil {
		return output, err
	}
	return output, appendFile(filepath.Join(folder.outside, "keys.log"), st.keyLog())
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}

// appendFile adds what is in one file, if it exists, to another.
func appendFile(from, to string) error {
	source, err := os.Open(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer target.Close()
	_, err = io.Copy(target, source)
	return err
}
