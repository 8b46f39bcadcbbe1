package inspect

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/ml/pickle"
	"github.com/tacit-ml/tacit/ml/tflite"
)

func looksTFLite(s *Source) bool {
	return len(s.Head) >= 8 && string(s.Head[4:8]) == tflite.Identifier
}

// tfliteOperators are custom ones that Google's own libraries bring, and that
// compute and nothing else.
var tfliteOperators = []string{
	"TFLite_Detection_PostProcess", "AudioSpectrogram", "Mfcc", "NumericVerify", "Convolution2DTransposeBias", "MaxPoolingWithArgmax2D", "MaxUnpooling2D",
	"TransformTensorBilinear", "TransformLandmarks", "Landmarks2TransformMatrix", "Resampler", "RandomStandardNormal", "RandomUniform", "Multinomial",
	"HashTableV2", "LookupTableFindV2", "RFFT2D", "IRFFT2D", "TFSentencepieceTokenizeOp", "TFSentencepieceDetokenizeOp", "WhitespaceTokenizeWithOffsets", "Ngrams", "RaggedTensorToTensor",
	"RaggedTensorToSparse", "Roll", "Irfft2d", "MatrixInverse", "Atan2", "Sign", "Bucketize", "GRU", "BroadcastTo", "StringJoin", "AssignVariable", "VarHandle", "ReadVariable", "edgetpu-custom-op",
	"GenaiKVCache", "SDPA", "odml.update_kv_cache", "odml.update_external_kv_cache", "odml.scaled_dot_product_attention", "ethos-u",
}

func (k *kerasReader) readTFLite(v *visit, s *Source) Reading {
	m, err := tflite.Read(s.Bytes, s.Size)
	if err != nil {
		return foreign()
	}
	out := Reading{Format: "tflite"}
	for _, o := range m.Operators {
		if f, ok := k.tfliteOperator(s, o); ok {
			out.Findings = append(out.Findings, f)
		}
	}
	for _, file := range m.Files {
		if leaves(file) {
			out.Findings = append(out.Findings, against(s, "tensorflow-path", pickle.High, 0, fmt.Sprintf("numbers are taken from %s, outside of the model's folder", short(file))))
			continue
		}
		out.Numbers = append(out.Numbers, file)
	}
	for _, p := range m.Problems {
		if !p.Unknown {
			out.Findings = append(out.Findings, against(s, "tflite-structure", pickle.Medium, p.Offset, p.What))
		}
		if out.Status == pickle.Complete {
			out.Status, out.Reason = pickle.Inconclusive, fmt.Sprintf("at %d: %s", p.Offset, p.What)
		}
	}
	c := Coverage{}
	for _, r := range m.Parsed {
		c.Parsed = append(c.Parsed, Range(r))
	}
	for _, r := range m.Raw {
		c.Raw = append(c.Raw, Range(r))
	}
	for _, g := range m.Gaps() {
		if zeros(io.NewSectionReader(s.Bytes, g.From, g.To-g.From)) {
			c.Parsed = append(c.Parsed, Range(g))
		}
	}
	out.Coverage = cover(s.Size, []Coverage{c, v.behind(&out, s, m.End)})
	return out
}

// tfliteOperator judges an operator that TensorFlow Lite does not have: one of
// TensorFlow itself, whose name then begins with Flex, or somebody's.
func (k *kerasReader) tfliteOperator(s *Source, o tflite.Operator) (Finding, bool) {
	if o.Custom == "" || slices.Contains(tfliteOperators, o.Custom) {
		return Finding{}, false
	}
	name, flex := strings.CutPrefix(o.Custom, "Flex")
	known, ok := k.operators[name]
	switch {
	case flex && ok && known.why == "":
		return Finding{}, false
	case flex && ok:
		f := known.finding(o.Offset, 0)
		f.Member = s.Path
		return f, true
	}
	f := against(s, "tensorflow-unknown-operator", pickle.Medium, o.Offset, fmt.Sprintf("the operator %s is none of TensorFlow's: a native library must bring it", short(o.Custom)))
	f.Class, f.Module, f.Name = pickle.ClassUnknown.String(), "tflite", short(o.Custom)
	return f, true
}
