package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// program is the type-checked source of one binary: every package that is compiled into it, as `go list` resolves them with the very go.mod the
// binary is built from. Declarations of all packages are checked; function bodies only where studied says so, which is what keeps this to seconds.
type program struct {
	main    string // the import path of the command
	module  string // the module that provides it
	version string // the version of that module

	studied func(path string) bool
	sources map[string]*source
	checked map[string]*types.Package
	files   map[string][]*ast.File // of the studied packages
	fset    *token.FileSet
	info    types.Info // of all studied packages together

	values    map[types.Object]ast.Expr      // what a package-level variable starts as
	functions map[types.Object]*ast.FuncDecl // the declaration of a function or method
}

// source is what `go list` tells about a package.
type source struct {
	ImportPath, Dir string
	GoFiles         []string
	ImportMap       map[string]string
	Module          *struct{ Path, Version string }
}

// load reads the command main as the module in directory dir builds it for Linux.
func load(dir, main string, studied func(path string) bool) (*program, error) {
	p := &program{
		main: main, studied: studied, fset: token.NewFileSet(),
		sources: map[string]*source{}, checked: map[string]*types.Package{"unsafe": types.Unsafe}, files: map[string][]*ast.File{},
		info: types.Info{
			Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		},
		values: map[types.Object]ast.Expr{}, functions: map[types.Object]*ast.FuncDecl{},
	}
	if err := p.list(dir); err != nil {
		return nil, err
	}
	for _, path := range sortedKeys(p.sources) {
		if _, err := p.Import(path); err != nil {
			return nil, err
		}
	}
	for _, files := range p.files {
		for _, file := range files {
			p.index(file)
		}
	}
	return p, nil
}

func (p *program) list(dir string) error {
	list := exec.Command("go", "list", "-deps", "-json=ImportPath,Dir,GoFiles,ImportMap,Module", p.main)
	list.Dir = dir
	// The same answer on every machine: what the container images run, and no C compiler needed to find out.
	list.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0", "GOFLAGS=-mod=readonly")
	list.Stderr = os.Stderr
	output, err := list.Output()
	if err != nil {
		return fmt.Errorf("go list %s in %s: %w", p.main, dir, err)
	}
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		found := &source{}
		if err := decoder.Decode(found); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return fmt.Errorf("go list %s: %w", p.main, err)
		}
		p.sources[found.ImportPath] = found
	}
	p.module, p.version = p.sources[p.main].Module.Path, p.sources[p.main].Module.Version
	return nil
}

// Import type-checks a package, and so makes a program the types.Importer of its own packages.
func (p *program) Import(path string) (*types.Package, error) {
	if known, ok := p.checked[path]; ok {
		return known, nil
	}
	from, ok := p.sources[path]
	if !ok {
		return nil, fmt.Errorf("package %s is not part of %s", path, p.main)
	}
	files, err := p.parse(from)
	if err != nil {
		return nil, err
	}
	check := types.Config{Importer: renamed{from.ImportMap, p}, Sizes: types.SizesFor("gc", "amd64"), IgnoreFuncBodies: true}
	var info *types.Info
	if p.studied(path) {
		check.IgnoreFuncBodies, info, p.files[path] = false, &p.info, files
	}
	checked, err := check.Check(path, p.fset, files, info)
	if err != nil {
		return nil, err
	}
	p.checked[path] = checked
	return checked, nil
}

func (p *program) parse(from *source) ([]*ast.File, error) {
	var files []*ast.File
	for _, name := range from.GoFiles {
		file, err := parser.ParseFile(p.fset, filepath.Join(from.Dir, name), nil, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, nil
}

// renamed imports what a package calls by another name, as the standard library does with its vendored packages.
type renamed struct {
	names map[string]string
	*program
}

func (r renamed) Import(path string) (*types.Package, error) {
	if name, ok := r.names[path]; ok {
		path = name
	}
	return r.program.Import(path)
}

func (p *program) index(file *ast.File) {
	for _, declaration := range file.Decls {
		switch declared := declaration.(type) {
		case *ast.FuncDecl:
			p.functions[p.info.Defs[declared.Name]] = declared
		case *ast.GenDecl:
			for _, spec := range declared.Specs {
				if spec, ok := spec.(*ast.ValueSpec); ok && len(spec.Names) == len(spec.Values) {
					for i, name := range spec.Names {
						p.values[p.info.Defs[name]] = spec.Values[i]
					}
				}
			}
		}
	}
}

// lookup finds a package-level object, such as a type or a variable.
func (p *program) lookup(path, name string) (types.Object, error) {
	if in, ok := p.checked[path]; ok {
		if object := in.Scope().Lookup(name); object != nil {
			return object, nil
		}
	}
	return nil, fmt.Errorf("%s %s has no %s.%s", p.module, p.version, path, name)
}

// inspect visits every node of every studied package that path accepts.
func (p *program) inspect(path func(string) bool, visit func(ast.Node)) {
	for _, name := range sortedKeys(p.files) {
		if !path(name) {
			continue
		}
		for _, file := range p.files[name] {
			ast.Inspect(file, func(node ast.Node) bool { visit(node); return true })
		}
	}
}

// own says whether a package belongs to the program's own module.
func (p *program) own(path string) bool {
	return path == p.module || strings.HasPrefix(path, p.module+"/")
}

// text is the value of a constant string expression.
func (p *program) text(expression ast.Expr) (string, bool) {
	value := p.info.Types[expression].Value
	if value == nil || value.Kind() != constant.String {
		return "", false
	}
	return constant.StringVal(value), true
}

// used is the object that an expression names, be it `name`, `package.Name` or `value.Field`; nil if it is none of these.
func (p *program) used(expression ast.Expr) types.Object {
	switch expression := ast.Unparen(expression).(type) {
	case *ast.Ident:
		return p.info.Uses[expression]
	case *ast.SelectorExpr:
		return p.info.Uses[expression.Sel]
	}
	return nil
}

// calls says whether a call is to the function or method with this full name, for example "os.Getenv".
func (p *program) calls(call *ast.CallExpr, names ...string) bool {
	called, ok := p.used(call.Fun).(*types.Func)
	return ok && slices.Contains(names, called.FullName())
}
