package inspect

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/ml/keras"
	"github.com/tacit-ml/tacit/ml/pickle"
	"github.com/tacit-ml/tacit/ml/savedmodel"
)

// mostConfig is the longest configuration of Keras that is read: it is held as
// a tree.
const mostConfig = 16 << 20

// kerasReader reads configurations of Keras by what is known of its names.
type kerasReader struct {
	names     map[string]kerasName
	operators map[string]operator // of TensorFlow
	paths     savedmodel.Inputs   // which inputs of them are paths
}

func newKerasReader() *kerasReader {
	operators := tensorflowOperators()
	return &kerasReader{names: kerasNames(), operators: operators, paths: tensorflowPaths(operators)}
}

// looksJSONObject takes a source for a JSON object in any of the encodings that
// Python's json reads. One that begins with nothing but space may still be one.
func looksJSONObject(s *Source) bool {
	head := bytes.TrimPrefix(s.Head, []byte("\xef\xbb\xbf"))
	head = bytes.TrimPrefix(bytes.TrimPrefix(head, []byte("\xff\xfe")), []byte("\xfe\xff"))
	head = bytes.TrimLeft(head, " \t\r\n\x00")
	return s.Size > 1 && (len(head) > 0 && head[0] == '{' || len(head) == 0 && s.Size > int64(len(s.Head)))
}

// read reads a file that is a configuration: config.json of a .keras file, or
// what Keras wrote as JSON.
func (k *kerasReader) read(v *visit, s *Source) Reading {
	r := Reading{Format: "keras config"}
	likely := bytes.Contains(s.Head, []byte(`"class_name"`))
	if limit := min(v.budget.Text, mostConfig); s.Size > limit {
		r.Status, r.Reason = pickle.Failure, fmt.Sprintf("the budget of %d bytes for a configuration was used up", limit)
		if likely {
			r.Status = pickle.Inconclusive
		}
		return r.uncovered(s)
	}
	raw := make([]byte, s.Size)
	if n, err := s.Bytes.ReadAt(raw, 0); n < len(raw) {
		r.Status, r.Reason = pickle.Failure, err.Error()
		return r.uncovered(s)
	}
	c, err := keras.Read(raw)
	switch {
	case err != nil && likely && !errors.Is(err, keras.ErrOther):
		r.Status, r.Reason = pickle.Inconclusive, err.Error()
		return r.uncovered(s)
	case err != nil:
		r.Status, r.Reason = pickle.Failure, err.Error()
		return r.uncovered(s)
	case !c.Loadable():
		r.Status, r.Reason = pickle.Failure, keras.ErrOther.Error()
		return r.uncovered(s)
	}
	r.Coverage.Parsed = []Range{{From: 0, To: s.Size}}
	r.Findings, r.Members = k.judge(v, s, c, 0)
	return r
}

// uncovered is a reading that understood no byte.
func (r Reading) uncovered(s *Source) Reading {
	r.Coverage = Coverage{Unparsed: []Range{{From: 0, To: s.Size}}}
	return r
}

// judge is what there is to say against a configuration whose text begins at a
// byte of the source, and the pickles that it holds as text.
func (k *kerasReader) judge(v *visit, s *Source, c *keras.Config, at int64) ([]Finding, []Part) {
	var out []Finding
	var members []Part
	add := func(f Finding) {
		f.Member, f.Offset, f.Count = s.Path, f.Offset+at, 1
		out = append(out, f)
	}
	if c.Encoding != "UTF-8" {
		add(Finding{Rule: "keras-config", Severity: pickle.Medium, Why: "the configuration is written in " + c.Encoding + ", as Keras never does and few readers expect"})
	}
	for _, t := range c.Twice {
		add(Finding{Rule: "keras-config", Severity: pickle.Medium, Offset: t.Offset, Name: t.Name, Why: fmt.Sprintf("%q stands twice in %s: readers see different values", t.Name, orRoot(t.Place))})
	}
	for _, code := range c.Code {
		add(kerasCode(code))
	}
	for _, o := range c.Objects {
		if f, ok := k.object(v, o); ok {
			add(f)
		}
		for _, f := range k.settings(c, o) {
			add(f)
		}
		if text, offset, ok := c.Text(o, "module"); ok && o.Class == "TorchModuleWrapper" {
			if packed, err := base64.StdEncoding.DecodeString(text); err == nil {
				members = append(members, v.member(s, fmt.Sprintf("%s@%d", o.Place, at+offset), bytes.NewReader(packed), int64(len(packed)), nil))
			}
		}
	}
	return out, members
}

func orRoot(place string) string {
	if place == "" {
		return "the outermost object"
	}
	return place
}

// kerasCode is the finding for marshalled code. Code that names what a pickle
// must not call is as bad as the pickle.
func kerasCode(c keras.Code) Finding {
	f := Finding{
		Rule: "keras-lambda", Severity: pickle.High, Class: pickle.ClassUnknown.String(), Offset: c.Offset, Length: c.Length,
		Why: "the configuration carries code of its own at " + c.Place + ", which Keras runs",
	}
	var bad []string
	for _, name := range keras.Names(c.Bytes) {
		if slices.Contains(codeNames, name) && !slices.Contains(bad, name) {
			bad = append(bad, name)
		}
	}
	if len(bad) > 0 {
		f.Severity, f.Class, f.Args = pickle.Critical, pickle.ClassDangerous.String(), strings.Join(bad[:min(len(bad), 8)], ", ")
		f.Why += "; it names " + f.Args
	}
	return f
}

// codeNames are names for which code of a model has no honest use.
var codeNames = []string{
	"os", "posix", "nt", "system", "popen", "subprocess", "check_output", "Popen", "socket", "pty", "ctypes", "shutil", "importlib", "import_module",
	"__import__", "exec", "eval", "compile", "__builtins__", "__subclasses__", "__globals__", "pickle", "marshal", "requests", "urllib", "urlopen", "open", "sys", "base64",
}

// kerasSpecial are names of Keras' own notation for values.
var kerasSpecial = []string{"__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__", "__tuple__", "__keras_tensor__", "__lambda__", "TensorShape", "TypeSpec", "CompositeTensor", "__passive_serialization__"}

// object is what there is to say against one object.
func (k *kerasReader) object(v *visit, o keras.Object) (Finding, bool) {
	f := Finding{Offset: o.Offset, Length: o.Length, Module: o.Module, Name: o.Class}
	known := k.names[o.Class]
	own := o.Module == "" || inPackage(o.Module, kerasPackages)
	switch {
	case known.gadget != "" && (own || inPackage(o.Module, kerasLibraries) || o.Module == "builtins"):
		f.Rule, f.Severity, f.Class = "keras-gadget", pickle.Critical, pickle.ClassDangerous.String()
		f.Why = o.Place + " names " + o.Class + ", which " + known.gadget
	case known.computes && own && foreignPackage(o.Registered):
		f.Rule, f.Severity, f.Name = "keras-custom-object", pickle.Low, o.Registered
		f.Why = fmt.Sprintf("%s is %s of Keras, but a loading program that has registered %q takes that for it", orRoot(o.Place), o.Class, short(o.Registered))
	case o.Module == "" && slices.Contains(kerasSpecial, o.Class), known.computes && (own || o.Module == "builtins"):
		return f, false
	case o.Module == "" || o.Module == "builtins" && v.vetting.Look("builtins", o.Class).Class != pickle.ClassDangerous || !o.Function && inPackage(o.Module, kerasLibraries):
		f.Rule, f.Severity, f.Module = "keras-custom-object", pickle.Low, ""
		f.Why = fmt.Sprintf("%s is %q, which is none of Keras' own: the loading program must know it", orRoot(o.Place), o.Class)
	default:
		f.Rule, f.Severity, f.Class = "keras-foreign", pickle.Medium, pickle.ClassUnknown.String()
		f.Why = fmt.Sprintf("%s makes the loader import %s and take %s from it", orRoot(o.Place), o.Module, o.Class)
		if v.vetting.Judge(o.Module, o.Class, pickle.UseReduce, false).Class == pickle.ClassDangerous {
			f.Severity, f.Class = pickle.Critical, pickle.ClassDangerous.String()
		}
	}
	return f, true
}
