package inspect

import (
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/ml/keras"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// kerasPaths are settings that a layer takes for the name of a file when they
// are texts.
var kerasPaths = []string{"vocabulary", "vocabulary_file", "filepath", "weights_file", "origin"}

// settings is what there is to say against the settings of an object:
// files that it reads, functions of TensorFlow that it calls.
func (k *kerasReader) settings(c *keras.Config, o keras.Object) []Finding {
	var out []Finding
	for _, name := range kerasPaths {
		path, offset, ok := c.Text(o, name)
		if !ok || path == "" {
			continue
		}
		f := Finding{Rule: "keras-path", Severity: pickle.Medium, Offset: offset, Length: int64(len(path)) + 2, Name: o.Class, Args: short(path)}
		f.Why = o.Class + " reads the file " + short(path) + " when it is loaded, which is no part of the model"
		if leaves(path) {
			f.Severity = pickle.High
		}
		out = append(out, f)
	}
	for _, name := range []string{"function", "cls_symbol", "cls_ref"} {
		symbol, offset, ok := c.Text(o, name)
		if !ok || !strings.Contains("TFOpLambda SlicingOpLambda ClassMethod InstanceMethod InstanceProperty", o.Class) {
			continue
		}
		if severity, why := tensorflowSymbol(symbol); why != "" {
			class := pickle.ClassUnknown.String()
			if severity >= pickle.High {
				class = pickle.ClassDangerous.String()
			}
			out = append(out, Finding{Rule: "keras-foreign", Severity: severity, Class: class, Module: "tensorflow", Name: symbol, Offset: offset, Length: int64(len(symbol)) + 2, Why: why})
		}
	}
	if function, offset, ok := c.Text(o, "function"); ok && o.Class == "Lambda" {
		out = append(out, Finding{
			Rule: "keras-custom-object", Severity: pickle.Low, Name: short(function), Offset: offset, Length: int64(len(function)) + 2,
			Why: fmt.Sprintf("%s is a Lambda that calls %q, which is found by its name: the loading program must know it", orRoot(o.Place), short(function)),
		})
	}
	if o.Class == "TensorFlowOpLayer" {
		for _, text := range c.Within(o, "node_def", 1000) {
			for _, word := range strings.FieldsFunc(text, notOperator) {
				if op, ok := k.operators[word]; ok && op.why != "" {
					out = append(out, op.finding(o.Offset, o.Length))
				}
			}
		}
	}
	return out
}

// tensorflowSymbol judges a name of TensorFlow's interface that a layer of
// Keras 2 calls: math.add, nn.relu, reshape.
func tensorflowSymbol(symbol string) (pickle.Severity, string) {
	name := strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(symbol, "tf."), "compat.v1."), "compat.v2.")
	module, _, dotted := strings.Cut(name, ".")
	switch {
	case !dotted && (strings.HasPrefix(name, "load_") || strings.HasSuffix(name, "py_function") || name == "py_func" || name == "numpy_function" || name == "print"):
		return pickle.High, "the layer calls tf." + name + ", which reaches out of the graph"
	case !dotted:
		return 0, ""
	}
	switch module {
	case "math", "nn", "linalg", "signal", "image", "random", "sets", "sparse", "strings", "ragged", "bitwise", "quantization", "keras", "dtypes", "audio", "__operators__", "experimental", "RaggedTensor", "SparseTensor", "Tensor", "Variable", "TensorShape":
		return 0, ""
	case "io", "raw_ops", "saved_model", "train", "data", "summary", "distribute", "sysconfig", "config", "profiler", "lite", "autograph", "__internal__":
		return pickle.High, "the layer calls tf." + name + ", which reaches out of the graph"
	}
	return pickle.Medium, "nobody has vetted tf." + name + ", which the layer calls"
}

func notOperator(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_'
}

// leaves reports whether a path leads out of the folder that it is relative to,
// by any way in which an operating system or a file library may read it.
func leaves(path string) bool {
	plain := strings.ToLower(strings.ReplaceAll(path, "\\", "/"))
	if strings.HasPrefix(plain, "/") || strings.HasPrefix(plain, "~") || strings.ContainsRune(plain, 0) || strings.Contains(plain, ":") {
		return true // absolute, of a home, cut off by C, of a drive or with a scheme
	}
	for _, escaped := range []struct{ from, to string }{{"%2e", "."}, {"%2f", "/"}, {"%5c", "/"}, {"．", "."}, {"／", "/"}, {"＼", "/"}, {"․", "."}, {"‥", ".."}} {
		plain = strings.ReplaceAll(plain, escaped.from, escaped.to)
	}
	for _, segment := range strings.Split(plain, "/") {
		if strings.TrimRight(segment, " ") == ".." || len(segment) > 2 && strings.Trim(segment, ". ") == "" {
			return true
		}
	}
	return strings.HasPrefix(plain, "/")
}
