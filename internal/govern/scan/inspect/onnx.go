package inspect

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/ml/onnx"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// onnxDomains are those whose operators compute and nothing else, in the
// libraries that people use.
var onnxDomains = []string{
	"", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview", "ai.onnx.preview.training", "ai.onnx.contrib", "com.microsoft", "com.microsoft.extensions",
	"com.microsoft.nchwc", "com.microsoft.experimental", "com.microsoft.dml", "com.ms.internal.nhwc", "org.pytorch.aten", "org.pytorch.prim", "pkg.onnxscript.torch_lib",
	"pkg.onnxscript.torch_lib.common", "pkg.torch", "ai.onnx.converters.sklearn", "trt.plugins", "mmdeploy", "mmcv", "com.nvidia", "ai.graphcore", "com.sony.semi",
}

// onnxPython are operators that call functions of the loading process.
var onnxPython = []string{"PythonOp", "PythonOpGrad", "PyOp", "PyCustomOp", "PyCustomOpDef", "PyFunc", "ExternOp"}

// onnxKeys are what may be said of external data.
var onnxKeys = []string{"location", "offset", "length", "checksum", "basepath", "base_path"}

// onnxReading is a model while it is judged.
type onnxReading struct {
	s     *Source
	model *onnx.Model
	out   Reading
}

func readONNX(v *visit, s *Source) Reading {
	m, err := onnx.Read(s.Bytes, s.Size)
	if err != nil || m.IR == 0 && len(m.Operators) == 0 {
		if t, other := onnx.ReadTensor(s.Bytes, s.Size); other == nil {
			return readTensor(s, t)
		}
		if err != nil && !errors.Is(err, onnx.ErrOther) && strings.HasSuffix(s.Name(), ".onnx") {
			return unfinished("onnx", s, err)
		}
		return foreign()
	}
	o := &onnxReading{s: s, model: m, out: Reading{Format: "onnx", Guess: m.IR == 0 && len(m.Unknown) > 0}}
	o.out.fields(s, m.Raw, m.Unknown)
	for _, op := range m.Operators {
		o.operator(op)
	}
	for _, x := range m.External {
		o.external(x)
	}
	for _, p := range m.Problems {
		if p.Kind == onnx.Limit {
			o.out.Status, o.out.Reason = pickle.Inconclusive, fmt.Sprintf("at %d: %s", p.Offset, p.What)
			continue
		}
		o.find("onnx-structure", pickle.Medium, p.Offset, "", "", p.What)
	}
	if c := m.Cycle(); c != nil {
		o.find("onnx-structure", pickle.Medium, m.Functions[0].Offset, "", strings.Join(c, " > "), "functions of the model use each other in a circle: "+short(strings.Join(c, ", ")))
	}
	for _, p := range m.Metadata {
		v.hiddenText(&o.out, s, p.Key, p.Offset, p.Length, p.Value)
	}
	return o.out
}

// readTensor judges a file that is one tensor. It is a guess: the message has no mark.
func readTensor(s *Source, m *onnx.Model) Reading {
	o := &onnxReading{s: s, model: m, out: Reading{Format: "onnx", Guess: true}}
	o.out.fields(s, m.Raw, nil)
	for _, x := range m.External {
		o.external(x)
	}
	for _, p := range m.Problems {
		o.find("onnx-structure", pickle.Medium, p.Offset, "", "", p.What)
	}
	return o.out
}

func (o *onnxReading) find(rule string, severity Severity, offset int64, name, args, why string) *Finding {
	o.out.Findings = append(o.out.Findings, Finding{Rule: rule, Severity: severity, Name: name, Args: short(args), Offset: offset, Member: o.s.Path, Why: why, Count: 1})
	return &o.out.Findings[len(o.out.Findings)-1]
}

func (o *onnxReading) operator(op onnx.Operator) {
	unknown := pickle.ClassUnknown.String()
	switch {
	case slices.Contains(onnxPython, op.Type) && op.Domain != "" && op.Domain != "ai.onnx":
		f := o.find("onnx-python", pickle.High, op.Offset, op.Type, "", fmt.Sprintf("the operator %s of %s calls a function of the loading process", op.Type, op.Domain))
		f.Class, f.Module, f.Count = pickle.ClassDangerous.String(), op.Domain, op.Count
	case slices.Contains(onnxDomains, op.Domain), o.defines(op):
	default:
		f := o.find("onnx-domain", pickle.Medium, op.Offset, op.Type, "", fmt.Sprintf("the operator %s is of the domain %s, which a native library must bring", short(op.Type), short(op.Domain)))
		f.Class, f.Module, f.Count = unknown, op.Domain, op.Count
	}
}

// defines reports whether the model itself brings an operator.
func (o *onnxReading) defines(op onnx.Operator) bool {
	return slices.ContainsFunc(o.model.Functions, func(f onnx.Function) bool { return f.Domain == op.Domain && f.Name == op.Type })
}

// external judges where the bytes of a tensor are taken from.
func (o *onnxReading) external(x onnx.External) {
	for _, p := range x.Entries {
		if !slices.Contains(onnxKeys, p.Key) {
			severity := pickle.Medium
			if strings.HasPrefix(p.Key, "__") {
				severity = pickle.High
			}
			o.find("onnx-external", severity, p.Offset, x.Tensor, p.Key, fmt.Sprintf("the place of the tensor %s has the key %s, which readers set as an attribute", short(x.Tensor), short(p.Key)))
		}
	}
	switch {
	case x.Location == "":
		o.find("onnx-structure", pickle.Medium, x.Offset, x.Tensor, "", fmt.Sprintf("the tensor %s lies in another file, and none is named", short(x.Tensor)))
		return
	case leaves(x.Location):
		o.find("onnx-external", pickle.High, x.Offset, x.Tensor, x.Location, fmt.Sprintf("the bytes of the tensor %s are taken from %s, outside of the model's folder", short(x.Tensor), short(x.Location)))
		return
	}
	if !slices.Contains(o.out.Numbers, x.Location) {
		o.out.Numbers = append(o.out.Numbers, x.Location)
	}
	if o.s.Beside == nil {
		return
	}
	beside, err := o.s.Beside(x.Location)
	length := max(x.Length, x.Needs, 0)
	switch from := max(x.From, 0); {
	case errors.Is(err, fs.ErrNotExist):
		o.find("onnx-external", pickle.Low, x.Offset, x.Tensor, x.Location, fmt.Sprintf("the bytes of the tensor %s lie in %s, which is not here", short(x.Tensor), short(x.Location)))
	case err == nil && (from > beside.Size || length > beside.Size-from):
		o.find("onnx-structure", pickle.Medium, x.Offset, x.Tensor, x.Location, fmt.Sprintf("the tensor %s should have %d bytes at %d of %s, which has %d", short(x.Tensor), length, from, short(x.Location), beside.Size))
	case x.Length >= 0 && x.Needs >= 0 && x.Length < x.Needs:
		o.find("onnx-structure", pickle.Medium, x.Offset, x.Tensor, x.Location, fmt.Sprintf("the tensor %s has %d bytes in %s, and its shape %d", short(x.Tensor), x.Length, short(x.Location), x.Needs))
	}
}
