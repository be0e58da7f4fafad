package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// usage is what the source of a program does with the fields of its structs.
type usage struct {
	read      map[types.Object]bool
	durations map[types.Object]bool   // handed to time.ParseDuration or a wrapper of it
	sizes     map[types.Object]bool   // handed to humanize.ParseBytes
	remarks   map[types.Object]string // what stands above or beside the field
}

func (p *program) usage() usage {
	u := usage{map[types.Object]bool{}, map[types.Object]bool{}, map[types.Object]bool{}, map[types.Object]string{}}
	written := map[*ast.Ident]bool{}
	p.inspect(p.own, func(node ast.Node) {
		switch node := node.(type) {
		case *ast.AssignStmt:
			if node.Tok == token.ASSIGN {
				for _, target := range node.Lhs {
					if field, ok := target.(*ast.SelectorExpr); ok {
						written[field.Sel] = true
					}
				}
			}
		case *ast.KeyValueExpr:
			if key, ok := node.Key.(*ast.Ident); ok {
				written[key] = true
				if key.Name == "Duration" { // of a config.DurationOpt, ipfs-cluster's list of durations to parse
					p.mark(u.durations, node.Value)
				}
			}
		case *ast.CallExpr:
			switch name := calledName(node); {
			case strings.EqualFold(name, "ParseDuration"):
				p.mark(u.durations, node.Args...)
			case name == "ParseBytes":
				p.mark(u.sizes, node.Args...)
			}
		case *ast.StructType:
			p.note(node, u.remarks)
		}
	})
	for name, object := range p.info.Uses {
		if !written[name] {
			u.read[object] = true
		}
	}
	return u
}

// note collects what is said above or beside the fields of a struct. "deprecated fields" speaks for the lines that follow, too.
func (p *program) note(of *ast.StructType, remarks map[types.Object]string) {
	above, line := "", 0
	for _, field := range of.Fields.List {
		said := field.Doc.Text() + field.Comment.Text()
		if said == "" && p.fset.Position(field.Pos()).Line == line+1 && strings.HasPrefix(above, "deprecated fields") {
			said = above
		}
		for _, name := range field.Names {
			remarks[p.info.Defs[name]] = said
		}
		above, line = said, p.fset.Position(field.End()).Line
	}
}

// mark notes all fields that the expressions mention.
func (p *program) mark(fields map[types.Object]bool, expressions ...ast.Expr) {
	for _, expression := range expressions {
		ast.Inspect(expression, func(node ast.Node) bool {
			if name, ok := node.(*ast.Ident); ok && p.info.Uses[name] != nil {
				fields[p.info.Uses[name]] = true
			}
			return true
		})
	}
}

func calledName(call *ast.CallExpr) string {
	switch called := call.Fun.(type) {
	case *ast.Ident:
		return called.Name
	case *ast.SelectorExpr:
		return called.Sel.Name
	}
	return ""
}
