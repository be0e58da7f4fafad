package main

import (
	"fmt"
	"go/ast"
	"go/types"
	"reflect"
	"regexp"
	"strings"
)

// A knob says what may stand at one place of a configuration file. It looks like the file itself, as components/upstream reads it:
// a kind ("string"), a list ([knob]), a map ({"*": knob}) or an object ({"name": knob}).
type knob any

// reader turns the Go types of a configuration into knobs.
type reader struct {
	*program
	usage
	kinds map[string]knob // of the types that read themselves from JSON, by full name
}

var (
	notice = regexp.MustCompile(`(?i)^(deprecated|removed|moved to)\b`)
	label  = regexp.MustCompile(`(?i)^deprecated: `)
)

// field is a member of a Go struct, as encoding/json sees it.
type field struct {
	object *types.Var
	key    string
}

// fields lists the members of a struct that JSON can set, those of embedded structs included.
func fields(of *types.Struct) []field {
	var found []field
	for i := range of.NumFields() {
		member := of.Field(i)
		tag, _, _ := strings.Cut(reflect.StructTag(of.Tag(i)).Get("json"), ",")
		switch inner, isStruct := member.Type().Underlying().(*types.Struct); {
		case !member.Exported() || tag == "-":
		case member.Embedded() && isStruct && tag == "":
			found = append(found, fields(inner)...)
		case tag == "":
			found = append(found, field{member, member.Name()})
		default:
			found = append(found, field{member, tag})
		}
	}
	return found
}

// object is the knob of a struct.
func (r reader) object(of *types.Struct) (knob, error) {
	members := map[string]knob{}
	for _, member := range fields(of) {
		if end, ended := r.ended(member.object); ended {
			members[member.key] = "removed: " + end
			continue
		}
		known, err := r.knob(member.object.Type(), member.object)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", member.key, err)
		}
		members[member.key] = known
	}
	return members, nil
}

// ended says why a field has no effect any more, in upstream's own words where there are some.
func (r reader) ended(member *types.Var) (why string, ended bool) {
	if why, refused := r.refusal(member.Type()); refused {
		return why, true
	}
	if remark := r.remarks[member]; notice.MatchString(remark) {
		sentence, _, _ := strings.Cut(strings.Join(strings.Fields(remark), " "), ". ")
		return strings.TrimSuffix(label.ReplaceAllString(sentence, ""), "."), true
	}
	// A section may be read on its own, into a struct made for it, so only its members can tell.
	if _, isStruct := pointed(member.Type()).Underlying().(*types.Struct); !isStruct && !r.read[member] {
		return "nothing reads it", true
	}
	return "", false
}

// refusal finds the words of a type that exists only to refuse a setting of the past: its UnmarshalJSON keeps no value and ends in an error.
func (r reader) refusal(of types.Type) (why string, refused bool) {
	read, _, _ := types.LookupFieldOrMethod(of, true, nil, "UnmarshalJSON")
	declared, ok := r.functions[read]
	if !ok || len(declared.Recv.List[0].Names) > 0 {
		return "", false
	}
	ast.Inspect(declared, func(node ast.Node) bool {
		if call, ok := node.(*ast.CallExpr); ok && r.calls(call, "fmt.Errorf") {
			why, refused = r.text(call.Args[0])
		}
		return true
	})
	return why, refused
}

// knob says what JSON a value of this Go type is read from. member is the field that holds it.
func (r reader) knob(of types.Type, member *types.Var) (knob, error) {
	if named, ok := types.Unalias(of).(*types.Named); ok {
		kind, known := r.kinds[named.Obj().Pkg().Path()+"."+named.Obj().Name()]
		switch {
		case known && kind == "string":
			return r.textual(member), nil
		case known:
			return kind, nil
		case has(of, "UnmarshalJSON"):
			if inner, isStruct := of.Underlying().(*types.Struct); isStruct && inner.NumFields() == 1 && inner.Field(0).Embedded() {
				break // a wrapper that reads the struct it embeds
			}
			return nil, fmt.Errorf("%s reads its own JSON: say in kinds what that is", named)
		case has(of, "UnmarshalText"):
			return "string", nil
		}
	}
	switch of := of.Underlying().(type) {
	case *types.Pointer:
		return r.knob(of.Elem(), member)
	case *types.Struct:
		return r.object(of)
	case *types.Interface:
		return "any", nil
	case *types.Map:
		value, err := r.knob(of.Elem(), member)
		return map[string]knob{"*": value}, err
	case *types.Slice:
		value, err := r.knob(of.Elem(), member)
		return []knob{value}, err
	case *types.Basic:
		switch info := of.Info(); {
		case info&types.IsString != 0:
			return r.textual(member), nil
		case info&types.IsBoolean != 0:
			return "boolean", nil
		case info&types.IsUnsigned != 0:
			return "unsigned", nil
		case info&types.IsInteger != 0:
			return "integer", nil
		case info&types.IsFloat != 0:
			return "number", nil
		}
	}
	return nil, fmt.Errorf("no knob for the Go type %s", of)
}

// textual is the kind of a string field: what upstream parses it as.
func (r reader) textual(member *types.Var) string {
	switch {
	case r.durations[member]:
		return "duration"
	case r.sizes[member]:
		return "size"
	}
	return "string"
}

func pointed(of types.Type) types.Type {
	if pointer, ok := of.Underlying().(*types.Pointer); ok {
		return pointer.Elem()
	}
	return of
}

func has(of types.Type, method string) bool {
	found, _, _ := types.LookupFieldOrMethod(of, true, nil, method)
	_, ok := found.(*types.Func)
	return ok
}
