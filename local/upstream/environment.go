package main

import (
	"fmt"
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// libraries are the packages, besides a program's own, whose environment variables are settings of the program. Others, such as a crash reporter that
// nothing starts, come along unused. Of the standard library these are the parts that a container can have an opinion on.
var libraries = []string{
	"crypto/x509", "net", "runtime", "time", "vendor/golang.org/x/net/http/httpproxy",
	"github.com/ipfs", "github.com/ipfs-shipyard", "github.com/libp2p", "github.com/quic-go",
}

// system is what Go's os packages read on Linux, beside the names they read on other systems.
var system = []string{"HOME", "PATH", "TMPDIR"}

// ineffective variables are read only to end the program, or to complain, when they are set.
var ineffective = []string{"IPFS_REUSEPORT", "LIBP2P_MUX_PREFS"}

// experiments are the packages of OpenTelemetry's switches that may go at any release. They compose the names.
const experiments = "/internal/x"

// getters maps the functions that read the environment to the parameter that names the variable.
type getters map[types.Object]int

// environment lists the variables that the studied packages read by os.Getenv and the like, be it through functions of their own.
func (p *program) environment() ([]string, error) {
	found := getters{}
	for _, primitive := range [][2]string{{"os", "Getenv"}, {"os", "LookupEnv"}, {"syscall", "Getenv"}, {"runtime", "gogetenv"}} {
		getter, err := p.lookup(primitive[0], primitive[1])
		if err != nil {
			return nil, err
		}
		found[getter] = 0
	}
	names := slices.Clone(system)
	for known := 0; known != len(found); { // a pass may find new getters, which read for their callers
		known = len(found)
		for _, path := range sortedKeys(p.files) {
			read, err := p.variables(path, found)
			if err != nil {
				return nil, err
			}
			names = append(names, read...)
		}
	}
	names = append(names, p.openTelemetry()...)
	return slices.DeleteFunc(names, func(name string) bool { return slices.Contains(ineffective, name) }), nil
}

// variables lists what one package reads, and adds its functions that read what their callers say to the getters.
func (p *program) variables(path string, known getters) (names []string, err error) {
	for _, file := range p.files[path] {
		for _, declaration := range file.Decls {
			function, _ := declaration.(*ast.FuncDecl)
			elements := map[types.Object]ast.Expr{} // of the slices that the function ranges over
			ast.Inspect(declaration, func(node ast.Node) bool {
				switch node := node.(type) {
				case *ast.RangeStmt:
					if name, ok := node.Value.(*ast.Ident); ok && p.info.Defs[name] != nil {
						elements[p.info.Defs[name]] = node.X
					}
				case *ast.CallExpr:
					for _, argument := range p.named(node, known) {
						if name, ok := p.text(argument); ok {
							names = append(names, name)
							continue
						}
						if slice, ok := elements[p.used(argument)]; ok {
							argument = slice
						}
						if position := p.parameter(function, argument); position >= 0 {
							known[p.info.Defs[function.Name]] = position
						} else if !strings.HasSuffix(path, experiments) {
							err = fmt.Errorf("%s: cannot tell which environment variable this reads", p.fset.Position(argument.Pos()))
						}
					}
				}
				return true
			})
		}
	}
	return names, err
}

// named lists the arguments that name environment variables, if the call is to a getter.
func (p *program) named(call *ast.CallExpr, known getters) []ast.Expr {
	function, _ := p.used(call.Fun).(*types.Func)
	position, ok := known[function]
	if !ok {
		return nil
	}
	if signature := function.Signature(); signature.Variadic() && position == signature.Params().Len()-1 {
		return call.Args[position:]
	}
	return call.Args[position : position+1]
}

// parameter is the position of the function's parameter that the expression names; -1 if it names none.
func (p *program) parameter(function *ast.FuncDecl, expression ast.Expr) int {
	if function == nil {
		return -1
	}
	parameters := p.info.Defs[function.Name].(*types.Func).Signature().Params()
	for i := range parameters.Len() {
		if parameters.At(i) == p.used(expression) {
			return i
		}
	}
	return -1
}

// openTelemetry lists the variables of its exporters, which compose the names of a namespace and the first arguments of functions called With....
func (p *program) openTelemetry() (names []string) {
	for _, path := range sortedKeys(p.files) {
		if !strings.HasSuffix(path, "/internal/otlpconfig") {
			continue
		}
		var namespace string
		var parts []string
		p.inspect(func(in string) bool { return in == path }, func(node ast.Node) {
			switch node := node.(type) {
			case *ast.KeyValueExpr:
				if key, ok := node.Key.(*ast.Ident); ok && key.Name == "Namespace" {
					namespace, _ = p.text(node.Value)
				}
			case *ast.CallExpr:
				for _, argument := range node.Args {
					if part, ok := p.text(argument); ok && strings.HasPrefix(calledName(node), "With") {
						parts = append(parts, part)
					}
				}
			}
		})
		for _, part := range parts {
			names = append(names, namespace+"_"+part)
		}
	}
	return names
}
