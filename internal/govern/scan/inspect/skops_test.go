package inspect

import (
	"encoding/binary"
	"testing"
	"testing/fstest"
	"unicode/utf16"

	"github.com/tacit-ml/tacit/ml/pickle"
)

func TestSkops(t *testing.T) {
	const one = `{"__class__":"str","__module__":"builtins","__loader__":"JsonNode","content":"1"}`
	for schema, want := range map[string]struct {
		rule    string
		verdict Verdict
	}{
		`{"__class__":"SVC","__module__":"sklearn.svm._classes","__loader__":"ObjectNode","content":` + one + `,"protocol":2}`:                    {"", pickle.Clean},
		`{"__class__":"itemgetter","__module__":"operator","__loader__":"OperatorFuncNode","attrs":` + one + `}`:                                  {"", pickle.Clean},
		`{"__class__":"Bunch","__module__":"sklearn.utils._bunch","__loader__":"DictNode","key_types":` + one + `,"content":{"a":` + one + `}}`:   {"", pickle.Clean},
		`{"__class__":"log1p","__module__":"numpy","__loader__":"FunctionNode"}`:                                                                  {"", pickle.Clean},
		`{"__class__":"system","__module__":"os","__loader__":"FunctionNode"}`:                                                                    {pickle.RuleImport, pickle.Malicious},
		`{"__class__":"system","__module__":"posix","__loader__":"ListNode","content":[` + one + `]}`:                                             {pickle.RuleCall, pickle.Malicious},
		`{"__class__":"C","__module__":"nobody","__loader__":"TypeNode"}`:                                                                         {pickle.RuleUnknownImport, pickle.Suspicious},
		`{"__class__":"methodcaller","__module__":"operator","__loader__":"OperatorFuncNode","attrs":` + one + `}`:                                {pickle.RuleCall, pickle.Malicious},
		`{"__class__":"call","__module__":"builtins","__loader__":"OperatorFuncNode","attrs":` + one + `}`:                                        {pickle.RuleCall, pickle.Malicious},
		`{"__class__":"C","__module__":"nobody","__loader__":"ObjectNode"}`:                                                                       {pickle.RuleUnknownCall, pickle.Suspicious},
		`{"__class__":"SVC","__module__":"sklearn.svm._classes","__loader__":"MethodNode","content":{"func":"__init__","obj":` + one + `}}`:       {RuleSkopsAttribute, pickle.Suspicious},
		`{"__class__":"SVC","__module__":"sklearn.svm._classes","__loader__":"EvilNode"}`:                                                         {RuleSkopsStructure, pickle.Suspicious},
		`{"__class__":"bytes","__module__":"builtins","__loader__":"BytesNode","file":"../x"}`:                                                    {RuleSkopsStructure, pickle.Suspicious},
		`{"__loader__":"PartialNode","content":{"func":{"__class__":"system","__module__":"os","__loader__":"FunctionNode"},"args":` + one + `}}`: {pickle.RuleImport, pickle.Malicious},
	} {
		p := tree(t, fstest.MapFS{"schema.json": {Data: []byte(schema)}})["schema.json"]
		if p.Status != pickle.Complete || p.Verdict != want.verdict || p.Format[0] != "skops" {
			t.Errorf("%s: %+v", schema, p)
		}
		if want.rule != "" && (len(p.Findings) == 0 || p.Findings[0].Rule != want.rule) || want.rule == "" && len(p.Findings) > 0 {
			t.Errorf("%s: %+v", schema, p.Findings)
		}
	}
	cut := `{"content":{"__class__":"system","__module__":"os","__loader__":"FunctionNode"},"__loader__":"x`
	if p := tree(t, fstest.MapFS{"schema.json": {Data: []byte(cut)}})["schema.json"]; p.Verdict == pickle.Clean {
		t.Errorf("a schema that is cut off: %+v", p)
	}
}

// TestSkopsInOtherLetters: Python takes JSON in every width of letters.
func TestSkopsInOtherLetters(t *testing.T) {
	const schema = `{"é😀":1,"__class__":"system","__module__":"os","__loader__":"FunctionNode"}`
	folder := fstest.MapFS{"mark": {Data: []byte("\ufeff" + schema)}}
	for name, order := range map[string]binary.AppendByteOrder{"le": binary.LittleEndian, "be": binary.BigEndian} {
		for _, mark := range []string{"", "\ufeff"} {
			var two, four []byte
			for _, u := range utf16.Encode([]rune(mark + schema)) {
				two = order.AppendUint16(two, u)
			}
			for _, r := range mark + schema {
				four = order.AppendUint32(four, uint32(r))
			}
			folder["16"+name+"-"+mark] = &fstest.MapFile{Data: two}
			folder["32"+name+"-"+mark] = &fstest.MapFile{Data: four}
		}
	}
	for name, p := range tree(t, folder) {
		if p.Verdict != pickle.Malicious || p.Format[0] != "skops" {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
