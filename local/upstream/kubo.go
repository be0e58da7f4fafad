package main

import (
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

const kuboConfig = "github.com/ipfs/kubo/config"

// kuboKinds are the types with which kubo's config tells "not set" from zero, and those of its libraries.
var kuboKinds = map[string]knob{
	kuboConfig + ".Flag":             "boolean",
	kuboConfig + ".Priority":         "priority",
	kuboConfig + ".Strings":          "strings",
	kuboConfig + ".OptionalString":   "string",
	kuboConfig + ".OptionalInteger":  "integer",
	kuboConfig + ".OptionalDuration": "duration",
	kuboConfig + ".OptionalBytes":    "bytes",
	"encoding/json.RawMessage":       "any",

	"github.com/libp2p/go-libp2p/core/peer.AddrInfo": map[string]knob{"ID": "string", "Addrs": []knob{"string"}},
}

// kubo reads the tables of the kubo that the module in dir builds.
func kubo(dir string) (*tables, error) {
	p, err := load(dir, "github.com/ipfs/kubo/cmd/ipfs", within(append(libraries, "go.opentelemetry.io/otel/sdk", "go.opentelemetry.io/otel/exporters",
		"go.opentelemetry.io/contrib/propagators/autoprop")...))
	if err != nil {
		return nil, err
	}
	root, err := p.lookup(kuboConfig, "Config")
	if err != nil {
		return nil, err
	}
	config, err := reader{p, p.usage(), kuboKinds}.knob(root.Type(), nil)
	if err != nil {
		return nil, fmt.Errorf("kubo's config: %w", err)
	}
	environment, err := p.environment()
	if err != nil {
		return nil, err
	}
	flags, err := p.kuboFlags()
	if err != nil {
		return nil, err
	}
	return p.tables(config, environment, flags), nil
}

// kuboFlags lists the options of `ipfs daemon`: its own, and those that every ipfs command has.
func (p *program) kuboFlags() ([]string, error) {
	var flags []string
	for _, command := range [][2]string{{"github.com/ipfs/kubo/cmd/ipfs/kubo", "daemonCmd"}, {"github.com/ipfs/kubo/core/commands", "Root"}} {
		variable, err := p.lookup(command[0], command[1])
		if err != nil {
			return nil, err
		}
		options, ok := member(p.values[variable], "Options").(*ast.CompositeLit)
		if !ok {
			return nil, fmt.Errorf("%s.%s has no list of options", command[0], command[1])
		}
		for _, option := range options.Elts {
			name, description, err := p.kuboFlag(option)
			if err != nil {
				return nil, err
			}
			if !strings.Contains(description, "DEPRECATED") {
				flags = append(flags, name)
			}
		}
	}
	return flags, nil
}

// kuboFlag takes apart cmds.StringOption("name", "alias", ..., "description"), perhaps behind a variable or a .WithDefault().
func (p *program) kuboFlag(option ast.Expr) (name, description string, err error) {
	if value, ok := p.values[p.used(option)]; ok {
		return p.kuboFlag(value)
	}
	if call, ok := option.(*ast.CallExpr); ok {
		if method, ok := call.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "WithDefault" {
			return p.kuboFlag(method.X)
		}
		if called, ok := p.used(call.Fun).(*types.Func); ok && strings.HasSuffix(called.Name(), "Option") {
			name, named := p.text(call.Args[0])
			description, described := p.text(call.Args[len(call.Args)-1])
			if named && described {
				return name, description, nil
			}
		}
	}
	return "", "", fmt.Errorf("%s: not an option", p.fset.Position(option.Pos()))
}

// member is the value of a named field in a composite literal or in the address of one; nil if there is none.
func member(of ast.Expr, name string) ast.Expr {
	if address, ok := of.(*ast.UnaryExpr); ok {
		of = address.X
	}
	if literal, ok := of.(*ast.CompositeLit); ok {
		for _, element := range literal.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				if key, ok := pair.Key.(*ast.Ident); ok && key.Name == name {
					return pair.Value
				}
			}
		}
	}
	return nil
}
