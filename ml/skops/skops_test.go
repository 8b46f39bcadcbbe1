package skops_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/ml/jsonstream"
	"github.com/tacit-ml/tacit/ml/skops"
)

func read(t *testing.T, schema string) skops.Schema {
	t.Helper()
	s, err := skops.Read(strings.NewReader(schema))
	if err != nil {
		t.Fatalf("%s: %v", schema, err)
	}
	return s
}

const (
	text   = `{"__class__":"str","__module__":"builtins","__loader__":"JsonNode","content":"\"id\""}`
	system = `{"__class__":"system","__module__":"os","__loader__":"FunctionNode"}`
)

func TestUses(t *testing.T) {
	for schema, want := range map[string]skops.Use{
		`{"__class__":"SVC","__module__":"sklearn.svm","__loader__":"ObjectNode","content":` + text + `}`: {Loader: "ObjectNode", Module: "sklearn.svm", Name: "SVC", Way: skops.Make},
		system: {Loader: "FunctionNode", Module: "os", Name: "system"},
		`{"__loader__":"ListNode","content":[` + text + `],"__module__":"os","__class__":"system"}`:                                                                     {Loader: "ListNode", Module: "os", Name: "system", Way: skops.Call},
		`{"__class__":"partial","__module__":"functools","__loader__":"PartialNode","content":{"func":` + system + `,"args":` + text + `}}`:                             {Loader: "FunctionNode", Module: "os", Name: "system", Way: skops.Attach},
		`{"__class__":"call","__module__":"builtins","__loader__":"OperatorFuncNode","attrs":` + text + `}`:                                                             {Loader: "OperatorFuncNode", Module: "operator", Name: "call", Way: skops.Operate},
		`{"__class__":"C","__module__":"m","__loader__":"MethodNode","content":{"func":"__init__","obj":{"__class__":"C","__module__":"m","__loader__":"ObjectNode"}}}`: {Loader: "MethodNode", Module: "m", Name: "C", Attribute: "__init__", Way: skops.Method},
	} {
		s := read(t, schema)
		if !slices.ContainsFunc(s.Uses, func(u skops.Use) bool {
			u.At, u.Count = 0, 0
			return u == want
		}) {
			t.Errorf("%s: %+v", schema, s.Uses)
		}
	}
	if s := read(t, `[`+text+`,`+text+`]`); s.Nodes != 2 || len(s.Uses) != 1 || s.Uses[0].Count != 2 || s.Uses[0].At != 1 {
		t.Errorf("two alike: %+v", s)
	}
}

func TestFaults(t *testing.T) {
	for schema, fault := range map[string]string{
		`{"__class__":"C","__module__":"m","__loader__":"EvilNode"}`:                            "none of skops",
		`{"__class__":"C","__module__":"m"}`:                                                    "no loader",
		`{"__class__":"C","__class__":"D","__module__":"m","__loader__":"ObjectNode"}`:          "stands twice",
		`{"__class__":"b","__module__":"m","__loader__":"BytesNode","file":"../../etc/passwd"}`: "leads out",
		`{"__class__":"list","__module__":"builtins","__loader__":"ListNode","content":[{"__loader__":"CachedNode","__class__":"","__module__":"","__id__":5}],"__id__":5}`: "lies in itself",
		`{"__class__":"C","__module__":"m","__loader__":"MethodNode","content":{"func":"f","obj":{"__class__":"D","__module__":"m","__loader__":"ObjectNode"}}}`:            "and is of m.D",
		`{"__class__":"call","__module__":"os","__loader__":"OperatorFuncNode"}`:                                                                                            "of the module \"os\"",
	} {
		if s := read(t, schema); len(s.Faults) == 0 || !strings.Contains(s.Faults[0].What, fault) {
			t.Errorf("%s: %+v", schema, s.Faults)
		}
	}
	twice := `{"__class__":"list","__module__":"builtins","__loader__":"ListNode","content":[{"__loader__":"ObjectNode","__class__":"C","__module__":"m","__id__":5},{"__loader__":"CachedNode","__class__":"C","__module__":"m","__id__":5}],"__id__":6}`
	if s := read(t, twice); len(s.Faults) > 0 {
		t.Errorf("an object that stands in two places: %+v", s.Faults)
	}
}

func TestLimits(t *testing.T) {
	if _, err := skops.Read(strings.NewReader(strings.Repeat(`{"content":`, 100_000))); !errors.Is(err, jsonstream.ErrLimit) {
		t.Errorf("deep: %v", err)
	}
	var syntax *jsonstream.SyntaxError
	if s, err := skops.Read(strings.NewReader(`{"content":` + system)); !errors.As(err, &syntax) || len(s.Uses) != 1 {
		t.Errorf("a schema that is cut off: %+v %v", s, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"__class__":"C","__module__":"m","__loader__":"MethodNode","content":{"func":"f","obj":{"__class__":"D","__module__":"m","__loader__":"ObjectNode"}},"__id__":1}`)
	f.Add(`{"content":{"func":` + system + `},"__loader__":"PartialNode"}`)
	f.Fuzz(func(t *testing.T, schema string) {
		s, err := skops.Read(strings.NewReader(schema))
		for _, u := range s.Uses {
			if u.At < 0 || u.At >= int64(len(schema)) || u.Count < 1 {
				t.Fatalf("%+v %v", u, err)
			}
		}
	})
}
