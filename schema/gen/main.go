// Command gen writes the JSON Schemas of payer files and of preset files from the
// structs of package spec/file, and that of the daemon's config file from those of
// package daemon/config. The name of the file says which. Run it by go generate in
// the folder schema, or as
//
//	go run ./schema/gen schema/payer.schema.json
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gen FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(path string) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	make := generate
	switch filepath.Base(path) {
	case "preset.schema.json":
		make = generatePreset
	case "config.schema.json":
		make = generateConfig
	}
	b, err := make(root)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		return fmt.Errorf("write schema: %w", err)
	}
	return nil
}
