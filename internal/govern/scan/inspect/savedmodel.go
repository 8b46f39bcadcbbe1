package inspect

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/ml/keras"
	"github.com/tacit-ml/tacit/ml/pickle"
	"github.com/tacit-ml/tacit/ml/savedmodel"
)

// tensorflowReading is a message of TensorFlow while it is judged.
type tensorflowReading struct {
	*kerasReader
	visit *visit
	s     *Source
	model *savedmodel.Model
	out   Reading
}

// readTensorFlow reads saved models, graphs, and what Keras 2 keeps beside them.
func (k *kerasReader) readTensorFlow(v *visit, s *Source) Reading {
	m, err := savedmodel.Read(s.Bytes, s.Size, k.paths)
	if err != nil {
		if name := s.Name(); name == "saved_model.pb" || name == "keras_metadata.pb" {
			return unfinished("tensorflow", s, err)
		}
		return foreign()
	}
	t := &tensorflowReading{kerasReader: k, visit: v, s: s, model: m, out: Reading{Format: "tensorflow " + m.Kind, Guess: m.Kind == "fingerprint"}}
	t.out.fields(s, m.Raw, m.Unknown)
	if len(m.Problems) > 0 {
		t.unknown(m.Problems[0].At, m.Problems[0].Value)
	}
	for _, op := range m.Operators {
		t.operator(op)
	}
	for _, u := range m.Uses {
		t.use(u)
	}
	for _, a := range m.Assets {
		if leaves(a.Name) {
			t.find("tensorflow-path", pickle.High, a.Offset, a.Tensor, a.Name, fmt.Sprintf("the asset %s lies outside of the model's folder", short(a.Name)))
		}
	}
	for _, f := range m.Missing {
		t.find("tensorflow-structure", pickle.Low, f.At, f.Node, f.Value, fmt.Sprintf("the node %s calls %s, which the graph does not have", short(f.Node), short(f.Value)))
	}
	for _, d := range m.Documents {
		t.document(d)
	}
	return t.out
}

func (t *tensorflowReading) find(rule string, severity Severity, offset int64, name, args, why string) *Finding {
	t.out.Findings = append(t.out.Findings, Finding{Rule: rule, Severity: severity, Name: short(name), Args: short(args), Offset: offset, Member: t.s.Path, Why: why, Count: 1})
	return &t.out.Findings[len(t.out.Findings)-1]
}

// unknown makes the reading inconclusive, by the first reason.
func (t *tensorflowReading) unknown(offset int64, why string) {
	if t.out.Status == pickle.Complete {
		t.out.Status, t.out.Reason = pickle.Inconclusive, fmt.Sprintf("at %d: %s", offset, why)
	}
}

// operator tells of operators that always reach out of the graph, with the paths
// that its nodes have, and of those that TensorFlow does not know.
func (t *tensorflowReading) operator(op savedmodel.Operator) {
	known, ok := t.operators[op.Name]
	switch {
	case !ok:
		f := t.find("tensorflow-unknown-operator", pickle.Medium, op.Offset, op.Name, "", fmt.Sprintf("the operator %s is none of TensorFlow's: a native library must bring it", short(op.Name)))
		f.Class, f.Module, f.Count = pickle.ClassUnknown.String(), "tensorflow", op.Count
	case known.why != "" && !known.paths:
		f := known.finding(op.Offset, 0)
		f.Member, f.Count = t.s.Path, op.Count
		var paths []string
		for _, u := range t.model.Uses {
			for _, p := range u.Paths {
				if u.Operator == op.Name && len(paths) < 4 && !slices.Contains(paths, short(p.Value)) {
					paths = append(paths, short(p.Value))
				}
			}
		}
		f.Args = strings.Join(paths, ", ")
		t.out.Findings = append(t.out.Findings, f)
	}
}

// use judges the paths of a node whose operator is ordinary otherwise.
func (t *tensorflowReading) use(u savedmodel.Use) {
	known := t.operators[u.Operator]
	if !known.paths {
		return
	}
	table := strings.HasPrefix(u.Operator, "InitializeTable")
	for _, p := range u.Paths {
		asset := slices.ContainsFunc(t.model.Assets, func(a savedmodel.Asset) bool { return a.Tensor == p.Node })
		if p.Value == "" || asset || u.Operator == "PrintV2" {
			continue
		}
		f := Finding{Severity: pickle.High}
		if !leaves(p.Value) {
			if !table {
				continue
			}
			f.Severity = pickle.Medium
		}
		t.find("tensorflow-path", f.Severity, u.Offset, u.Node, p.Value, fmt.Sprintf("%s %s, and the path is %s", u.Operator, known.why, short(p.Value)))
	}
	if strings.HasPrefix(u.Stream, "file:") {
		t.find("tensorflow-path", pickle.High, u.Offset, u.Node, u.Stream, fmt.Sprintf("%s writes to the file %s", u.Operator, short(u.Stream)))
	}
}

// document judges what Keras 2 wrote beside an object: JSON with its
// configuration.
func (t *tensorflowReading) document(d savedmodel.Document) {
	if d.Length > mostConfig {
		t.unknown(d.Offset, fmt.Sprintf("the budget of %d bytes for a configuration was used up", mostConfig))
		return
	}
	raw := make([]byte, d.Length)
	if n, err := t.s.Bytes.ReadAt(raw, d.Offset); n < len(raw) {
		t.unknown(d.Offset, err.Error())
		return
	}
	c, err := keras.Read(raw)
	if err != nil {
		if bytes.Contains(raw, []byte(`"class_name"`)) {
			t.unknown(d.Offset, err.Error())
		}
		return
	}
	findings, members := t.judge(t.visit, t.s, c, d.Offset)
	t.out.Findings, t.out.Members = append(t.out.Findings, findings...), append(t.out.Members, members...)
}

// looksSavedModelText takes a source for the text form of a saved model, which
// TensorFlow loads as well.
func looksSavedModelText(s *Source) bool {
	return bytes.Contains(s.Head, []byte("meta_graphs")) && bytes.Contains(s.Head, []byte("{")) && !bytes.Contains(s.Head, []byte{0})
}

func readSavedModelText(_ *visit, s *Source) Reading {
	return unfinished("tensorflow text", s, errSavedModelText)
}
