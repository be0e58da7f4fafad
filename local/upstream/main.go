// Command upstream writes down which settings the pinned kubo and ipfs-cluster really understand: the shape of their configuration files, the
// environment variables they read and the flags of their daemons. It reads them from the very sources that local/toolchain builds, as the Go compiler
// does, and guesses nothing: what it cannot make out is an error.
//
// Usage: upstream <directory to write to>
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"log"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// tables is what components/upstream knows of one program.
type tables struct {
	Module      string   `json:"module"`
	Version     string   `json:"version"`
	Config      knob     `json:"config"`
	Environment []string `json:"environment"`
	DaemonFlags []string `json:"daemonFlags"`
}

func (p *program) tables(config knob, environment, daemonFlags []string) *tables {
	return &tables{p.module, p.version, config, sorted(environment), sorted(daemonFlags)}
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: upstream <directory to write to>")
	}
	for _, program := range []struct {
		toolchain, file string
		read            func(dir string) (*tables, error)
	}{
		{"kubo", "kubo.generated.json", kubo},
		{"ipfs-cluster", "ipfsCluster.generated.json", ipfsCluster},
	} {
		found, err := program.read(filepath.Join("..", "toolchain", program.toolchain))
		if err == nil {
			err = found.write(filepath.Join(os.Args[1], program.file))
		}
		if err != nil {
			log.Fatalf("%s: %v", program.toolchain, err)
		}
	}
}

var single = regexp.MustCompile(`\[\s+("[^"]*")\s+\]`)

// write stores the tables as JSON with sorted keys, a line for each name.
func (t *tables) write(file string) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(t); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, single.ReplaceAll(text.Bytes(), []byte("[$1]")), 0o644)
}

// within accepts packages by the start of their path.
func within(prefixes ...string) func(path string) bool {
	return func(path string) bool {
		return slices.ContainsFunc(prefixes, func(prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") })
	}
}

func sorted(names []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(names)))
}

func sortedKeys[K cmp.Ordered, V any](of map[K]V) []K {
	return slices.Sorted(maps.Keys(of))
}
