package main

import (
	"fmt"
	"go/ast"
	"go/types"
	"reflect"
	"slices"
	"strings"
)

const clusterModule = "github.com/ipfs-cluster/ipfs-cluster"

var clusterKinds = map[string]knob{
	clusterModule + "/config.Strings": "strings",
}

// component is a part of ipfs-cluster with a configuration of its own.
type component struct {
	json   *types.Struct // the struct behind its section of service.json
	key    string        // the name of that section
	prefix string        // of its environment variables
}

// ipfsCluster reads the tables of the ipfs-cluster-service that the module in dir builds.
func ipfsCluster(dir string) (*tables, error) {
	p, err := load(dir, clusterModule+"/cmd/ipfs-cluster-service", within(append(libraries, clusterModule)...))
	if err != nil {
		return nil, err
	}
	r := reader{p, p.usage(), clusterKinds}
	config, variables, err := r.serviceJSON()
	if err != nil {
		return nil, fmt.Errorf("ipfs-cluster's service.json: %w", err)
	}
	environment, err := p.environment()
	if err != nil {
		return nil, err
	}
	flags, flagVariables, err := p.clusterFlags()
	if err != nil {
		return nil, err
	}
	return p.tables(config, slices.Concat(environment, variables, flagVariables), flags), nil
}

// serviceJSON reads every component that ipfs-cluster-service registers, and the variables that override it.
func (r reader) serviceJSON() (config map[string]knob, variables []string, err error) {
	sections, err := r.sections()
	if err != nil {
		return nil, nil, err
	}
	config = map[string]knob{"source": "string"}
	r.inspect(within(clusterModule+"/cmdutils"), func(node ast.Node) {
		call, ok := node.(*ast.CallExpr)
		if !ok || !r.calls(call, "(*"+clusterModule+"/config.Manager).RegisterComponent") || err != nil {
			return
		}
		var registered component
		if registered, err = r.component(r.info.TypeOf(call.Args[1])); err != nil {
			return
		}
		var knobs knob
		if knobs, err = r.object(registered.json); err != nil {
			err = fmt.Errorf("%s: %w", registered.key, err)
			return
		}
		if section, ok := sections[r.used(call.Args[0])]; !ok {
			config[registered.key] = knobs // the cluster itself, which is no section
		} else if components, ok := config[section].(map[string]knob); ok {
			components[registered.key] = knobs
		} else {
			config[section] = map[string]knob{registered.key: knobs}
		}
		variables = append(variables, r.variables(registered.prefix, registered.json)...)
	})
	if err != nil {
		return nil, nil, err
	}
	// identity.json is not part of service.json, but its variables are.
	identity, err := r.lookup(clusterModule+"/config", "Identity")
	if err != nil {
		return nil, nil, err
	}
	self, err := r.component(types.NewPointer(identity.Type()))
	if err != nil {
		return nil, nil, err
	}
	return config, append(variables, r.variables(self.prefix, self.json)...), nil
}

// sections maps the constants of config.SectionType to the names in service.json, as config.jsonConfig.getSection does.
func (r reader) sections() (map[types.Object]string, error) {
	found := map[types.Object]string{}
	document, err := r.lookup(clusterModule+"/config", "jsonConfig")
	if err != nil {
		return nil, err
	}
	keys := map[types.Object]string{}
	for _, field := range fields(document.Type().Underlying().(*types.Struct)) {
		keys[field.object] = field.key
	}
	r.inspect(within(clusterModule+"/config"), func(node ast.Node) {
		if clause, ok := node.(*ast.CaseClause); ok && len(clause.List) == 1 && len(clause.Body) == 1 {
			if result, ok := clause.Body[0].(*ast.ReturnStmt); ok {
				if address, ok := result.Results[0].(*ast.UnaryExpr); ok {
					if key, ok := keys[r.used(address.X)]; ok {
						found[r.used(clause.List[0])] = key
					}
				}
			}
		}
	})
	return found, nil
}

// component reads what envconfig.Process is given in the ApplyEnvVars method of a component's configuration.
func (r reader) component(of types.Type) (component, error) {
	var found component
	apply, err := r.method(of, "ApplyEnvVars")
	if err != nil {
		return found, err
	}
	ast.Inspect(apply, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok && r.calls(call, "github.com/kelseyhightower/envconfig.Process") {
			found.prefix = r.resolve(call.Args[0], of)
			found.json, _ = pointed(r.info.TypeOf(call.Args[1])).Underlying().(*types.Struct)
		}
		return true
	})
	key, err := r.method(of, "ConfigKey")
	if err != nil {
		return found, err
	}
	found.key = r.resolve(key.Body.List[0].(*ast.ReturnStmt).Results[0], of)
	if found.key == "" || found.prefix == "" || found.json == nil {
		return found, fmt.Errorf("cannot make out the section or the variables of %s", of)
	}
	return found, nil
}

func (r reader) method(of types.Type, name string) (*ast.FuncDecl, error) {
	method, _, _ := types.LookupFieldOrMethod(of, true, nil, name)
	if declared, ok := r.functions[method]; ok {
		return declared, nil
	}
	return nil, fmt.Errorf("%s has no method %s", of, name)
}

// resolve finds the string behind a constant, a variable, a method that returns one of these, or a field that the package of the component sets to one.
func (r reader) resolve(expression ast.Expr, of types.Type) string {
	if text, ok := r.text(expression); ok {
		return text
	}
	if call, ok := expression.(*ast.CallExpr); ok {
		if method, err := r.method(of, calledName(call)); err == nil {
			return r.resolve(method.Body.List[0].(*ast.ReturnStmt).Results[0], of)
		}
		return ""
	}
	object := r.used(expression)
	if value, ok := r.values[object]; ok {
		return r.resolve(value, of)
	}
	home := pointed(of).(*types.Named).Obj().Pkg().Path()
	var found string
	r.inspect(func(path string) bool { return path == home }, func(node ast.Node) {
		if assignment, ok := node.(*ast.AssignStmt); ok && object != nil && r.used(assignment.Lhs[0]) == object {
			found, _ = r.text(assignment.Rhs[0])
		}
	})
	return found
}

// variables lists the environment variables of a struct, as envconfig derives them: PREFIX_FIELD in upper case, and so on inwards. Lists of structs
// and functions have a name, too, but nothing that could be written there.
func (r reader) variables(prefix string, of *types.Struct) (names []string) {
	for i := range of.NumFields() {
		member := of.Field(i)
		if _, ended := r.ended(member); ended || reflect.StructTag(of.Tag(i)).Get("json") == "-" {
			continue
		}
		name := strings.ToUpper(prefix + "_" + member.Name())
		switch inner := pointed(member.Type()).Underlying().(type) {
		case *types.Struct:
			names = append(names, r.variables(name, inner)...)
		case *types.Slice:
			if _, isBasic := inner.Elem().Underlying().(*types.Basic); isBasic {
				names = append(names, name)
			}
		default:
			names = append(names, name)
		}
	}
	return names
}

// clusterFlags lists the options of `ipfs-cluster-service daemon`, and the variables that stand for options of ipfs-cluster-service.
func (p *program) clusterFlags() (flags, variables []string, err error) {
	p.inspect(func(path string) bool { return path == p.main }, func(node ast.Node) {
		literal, ok := node.(*ast.CompositeLit)
		if !ok {
			return
		}
		if variable, ok := p.text(member(literal, "EnvVar")); ok {
			variables = append(variables, variable)
		}
		if command, _ := p.text(member(literal, "Name")); command != "daemon" {
			return
		}
		for _, flag := range member(literal, "Flags").(*ast.CompositeLit).Elts {
			names, _ := p.text(member(flag, "Name"))
			usage, _ := p.text(member(flag, "Usage"))
			if name, _, _ := strings.Cut(names, ","); !strings.Contains(usage, "deprecated") {
				flags = append(flags, name)
			}
		}
	})
	if len(flags) == 0 {
		err = fmt.Errorf("%s has no command called daemon", p.main)
	}
	return flags, variables, err
}
