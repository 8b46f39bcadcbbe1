package pickle

import "slices"

// packedClasses are torch's classes of compiled code that pack tensors for quantized
// layers (aten/src/ATen/native/quantized of torch 1.5 to 2.15).
var packedClasses = []string{
	"__torch__.torch.classes.quantized.LinearPackedParamsBase", "__torch__.torch.classes.quantized.Conv2dPackedParamsBase", "__torch__.torch.classes.quantized.Conv3dPackedParamsBase",
	"__torch__.torch.classes.quantized.EmbeddingPackedParamsBase", "__torch__.torch.classes.sparse.LinearPackedParamsBase", "__torch__.torch.classes.rnn.CellParamsBase",
}

// packedAgainst is what there is against the state of torch's ScriptObject, (what it
// packs, the name of a class): others may be of an extension that the process loaded.
func (m *machine) packedAgainst(state Value) (string, Severity) {
	items, known := m.items(state)
	name, ok := m.plainText(at(items, 1))
	switch {
	case !known || len(items) != 2 || !ok:
		return "the name of the class that it makes is computed", Medium
	case !slices.Contains(packedClasses, name):
		return "it makes an object of the class " + quote(name) + " of compiled code, which nobody has vetted", Medium
	}
	if why := (&handed{m: m, left: mostHanded}).deep(items[0], works, 0); why != "" {
		return why, Medium
	}
	return "", 0
}

// configAgainst is what there is against the state of a container of omegaconf: its
// metadata name types, of which it makes an annotation (BaseContainer.__setstate__ of
// omegaconf 2.1 to 2.4). They are classes, or annotations of them.
func (m *machine) configAgainst(state Value) (string, Severity) {
	attributes, ok := m.attributes(state)
	if !ok {
		return "its state is no dict whose keys are known", Medium
	}
	metadata := attributes["_metadata"]
	x := m.nodes.of(metadata)
	if metadata.Kind() != Object || metadata.class() == noClass || x == nil {
		return "its metadata are no object that is known", Medium
	}
	if g := &m.trace.Globals[metadata.class()]; g.Module != "omegaconf.base" || g.Name != "ContainerMetadata" {
		return "its metadata are an object of " + g.full(), Medium
	}
	named, ok := m.attributes(x.state)
	if !ok {
		return "its metadata have no state that is known", Medium
	}
	for _, name := range []string{"key_type", "element_type", "ref_type"} {
		switch v := named[name]; {
		case v.Kind() == Absent, v.Kind() == None, v.Kind() == Global, m.isAlias(v):
		default:
			return "its metadata have for " + quote(name) + " what is no type", Medium
		}
	}
	return "", 0
}
