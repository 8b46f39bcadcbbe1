package inspect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// Rules of YAML.
const (
	RuleYAMLTag       = "yaml-tag"       // a tag that makes an object
	RuleConfigTarget  = "config-target"  // a key that names what is called
	RuleYAMLExpansion = "yaml-expansion" // aliases that grow without measure
)

// looksYAML takes a source by its name, by its first letters, or because it has
// what makes YAML dangerous.
func looksYAML(s *Source) bool {
	if !looksText(s) {
		return false
	}
	return namedYAML(s) || s.Starts("%YAML") || s.Starts("%TAG") || s.Starts("---\n") || s.Starts("--- ") || s.Starts("---\r\n") ||
		bytes.Contains(s.Head, []byte("!!python/")) || bytes.Contains(s.Head, []byte("_target_:"))
}

func namedYAML(s *Source) bool {
	ext := path.Ext(s.Name())
	return ext == ".yaml" || ext == ".yml" || s.Name() == "mlmodel"
}

// mostYAML is the longest YAML that is read: its tree takes some twenty times as
// much.
const mostYAML = 1 << 20

func readYAML(v *visit, s *Source) Reading {
	if s.Size > mostYAML {
		if !namedYAML(s) {
			return foreign()
		}
		return unfinished("yaml", s, fmt.Errorf("the budget of %d bytes of YAML was used up", mostYAML))
	}
	content, err := text(s, mostYAML)
	if err != nil {
		return unfinished("yaml", s, err)
	}
	r := whole("yaml", s)
	documents, err := yamlDocuments(content)
	if err != nil {
		if !namedYAML(s) {
			return foreign()
		}
		r = unfinished("yaml", s, err)
	}
	w := yamlWalk{v: v, s: s, lines: linesOf(content), sizes: map[*yaml.Node]int64{}}
	for _, d := range documents {
		if w.size(d) > mostExpanded {
			w.out = append(w.out, against(s, RuleYAMLExpansion, pickle.Medium, 0, fmt.Sprintf("aliases make more than %d values of the document", mostExpanded)))
		}
		w.walk(d, 0)
	}
	r.Findings = w.out
	return r
}

// yamlDocuments are the documents of a text; those before an error come with it.
func yamlDocuments(content []byte) ([]*yaml.Node, error) {
	in := yaml.NewDecoder(bytes.NewReader(content))
	var all []*yaml.Node
	for len(all) < 1<<12 {
		n := &yaml.Node{}
		err := in.Decode(n)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, n)
	}
	return all, errors.New("yaml: more than 4096 documents")
}

// linesOf are the offsets at which lines begin.
func linesOf(content []byte) []int {
	starts := []int{0}
	for i, c := range content {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// mostExpanded is how many values the aliases of a document may make.
const mostExpanded = 1 << 20

// yamlWalk judges a document.
type yamlWalk struct {
	v     *visit
	s     *Source
	lines []int
	sizes map[*yaml.Node]int64 // values that a node stands for, 0 while it is counted
	out   []Finding
}

// at is where a node begins, about: columns are counted in letters.
func (w *yamlWalk) at(n *yaml.Node) int64 {
	if n.Line < 1 || n.Line > len(w.lines) {
		return 0
	}
	return min(int64(w.lines[n.Line-1]+max(n.Column-1, 0)), w.s.Size)
}

// size is how many values a node stands for when its aliases are followed.
func (w *yamlWalk) size(n *yaml.Node) int64 {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if size, seen := w.sizes[n]; seen {
		return size
	}
	w.sizes[n] = 0
	sum := int64(1)
	for _, inner := range n.Content {
		sum = min(sum+w.size(inner), mostExpanded+1)
	}
	w.sizes[n] = sum
	return sum
}

// mostYAMLDepth bounds the walk; the parser stops earlier.
const mostYAMLDepth = 10_000

func (w *yamlWalk) walk(n *yaml.Node, depth int) {
	if depth > mostYAMLDepth || len(w.out) > mostTemplateFindings {
		return
	}
	w.tag(n)
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			w.target(n.Content[i], n.Content[i+1])
		}
	}
	for _, inner := range n.Content {
		w.walk(inner, depth+1)
	}
}

// add appends a finding against a global.
func (w *yamlWalk) add(n *yaml.Node, rule, global string, use pickle.Use, why string) {
	global = strings.TrimRight(global, " ")
	module, name := "", global
	if dot := strings.LastIndexByte(global, '.'); dot > 0 {
		module, name = global[:dot], global[dot+1:]
	} else {
		module = "builtins"
	}
	f, bad := judgeGlobal(w.v, module, name, use)
	if !bad {
		return
	}
	f.Rule, f.Offset, f.Member, f.Args, f.Why = rule, w.at(n), w.s.Path, short(n.Tag), why+": "+f.Why
	w.out = append(w.out, f)
}

// tag judges a node's tag.
func (w *yamlWalk) tag(n *yaml.Node) {
	tag := n.ShortTag()
	if rest, ok := strings.CutPrefix(tag, "!!python/"); ok {
		kind, global, _ := strings.Cut(rest, ":")
		if global == "" {
			global = n.Value // "!!python/name:" may have its name behind it
		}
		switch kind {
		case "object/apply", "object/new", "object":
			use := pickle.UseReduce
			if kind == "object" {
				use = pickle.UseNewObj
			}
			w.add(n, RuleYAMLTag, global, use, "the tag "+short(tag)+" makes an object when the file is read by an unsafe loader")
		case "name":
			w.add(n, RuleYAMLTag, global, pickle.Reference, "the tag "+short(tag)+" imports what it names")
		case "module":
			w.add(n, RuleYAMLTag, global+".*", pickle.Reference, "the tag "+short(tag)+" imports a module")
		}
		return
	}
	for _, prefix := range []string{"!new:", "!apply:", "!name:", "!module:"} { // HyperPyYAML
		if global, ok := strings.CutPrefix(n.Tag, prefix); ok && w.dangerous(global) {
			w.add(n, RuleYAMLTag, global, pickle.UseReduce, "the tag "+short(n.Tag)+" calls what it names")
		}
	}
	if strings.HasPrefix(tag, "!!") && strings.Contains(tag, ".") || strings.HasPrefix(tag, "!ruby/") || strings.HasPrefix(tag, "!!ruby/") {
		f := against(w.s, RuleYAMLTag, pickle.Medium, w.at(n), "the tag "+short(tag)+" makes an object of a class that it names")
		w.out = append(w.out, f)
	}
}

func (w *yamlWalk) dangerous(global string) bool { return w.v.dangerous(global) }

// target judges a pair whose key says that its value is called: _target_ of
// Hydra, which NeMo and Lightning read, and keys of others where the value is
// dangerous.
func (w *yamlWalk) target(key, value *yaml.Node) {
	if value.Kind != yaml.ScalarNode || !utf8.ValidString(value.Value) {
		return
	}
	global := value.Value
	switch key.Value {
	case "_target_":
		if !constructor(global) || w.dangerous(global) {
			w.add(value, RuleConfigTarget, global, targetUse(w.v, global), fmt.Sprintf("the key %s has %q called when the configuration is used (CVE-2025-23304)", key.Value, short(global)))
		}
	case "target", "class_path", "cls", "_partial_":
		if w.dangerous(global) {
			w.add(value, RuleConfigTarget, global, pickle.UseReduce, fmt.Sprintf("the key %s has %q called when the configuration is used", key.Value, short(global)))
		}
	}
}

// targetUse is the use of a target: a class that is vetted as data may be made.
func targetUse(v *visit, global string) pickle.Use {
	dot := strings.LastIndexByte(global, '.')
	if dot > 0 && v.vetting.Look(global[:dot], global[dot+1:]).Class == pickle.ClassData {
		return pickle.UseNewObj
	}
	return pickle.UseReduce
}

// constructor reports whether a global is a class, by its capital letter, of a
// library whose configurations name classes to be made.
func constructor(global string) bool {
	name := global[strings.LastIndexByte(global, '.')+1:]
	if name == "" || name[0] < 'A' || name[0] > 'Z' {
		return false
	}
	for _, library := range []string{"nemo.collections.", "nemo.core.", "pytorch_lightning.", "lightning.", "torch.nn.", "torch.optim.", "torchaudio.", "torchmetrics.", "torchvision."} {
		if strings.HasPrefix(global, library) {
			return true
		}
	}
	return false
}
