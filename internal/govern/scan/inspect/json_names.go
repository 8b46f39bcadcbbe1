package inspect

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/ml/jsonstream"
	"github.com/tacit-ml/tacit/ml/pickle"
)

//go:embed diffusers_pipelines.txt
var diffusersPipelines string

// nameKeys are the keys whose text alone names what a loader imports or calls, at any
// depth of a document: Hydra's, Lightning's, and jsonpickle's.
func nameKeys() []string {
	return []string{"_target_", "target", "class_path", "cls", "py/object", "py/type", "py/class", "py/function", "py/repr"}
}

// jsonName judges the text of a key that names something.
func jsonName(v *visit, s *Source, key, text string, at int64) []Finding {
	global := strings.TrimSpace(text)
	why := fmt.Sprintf("the key %s has %q called when the configuration is used", key, short(global))
	use := pickle.UseReduce
	switch key {
	case "_target_":
		if constructor(global) && !v.dangerous(global) {
			return nil
		}
		use = targetUse(v, global)
		why += " (CVE-2025-23304)"
	case "target", "class_path", "cls":
		if !v.dangerous(global) {
			return nil
		}
	case "py/repr":
		global, why = "builtins.eval", fmt.Sprintf("jsonpickle evaluates %q", short(text))
	default:
		why = fmt.Sprintf("jsonpickle imports %q, and may call it (%s)", short(global), key)
		use = targetUse(v, global)
	}
	return v.named(s, global, use, at, why)
}

// named is the finding against a global that a document names, if there is one.
func (v *visit) named(s *Source, global string, use pickle.Use, at int64, why string) []Finding {
	module, name := "builtins", global
	if dot := strings.LastIndexByte(global, '.'); dot > 0 {
		module, name = global[:dot], global[dot+1:]
	}
	f, bad := judgeGlobal(v, module, name, use)
	if !bad {
		return nil
	}
	f.Rule, f.Offset, f.Member, f.Why = RuleConfigTarget, at, s.Path, why+": "+f.Why
	return []Finding{f}
}

// dangerous reports whether a global is called at one's peril.
func (v *visit) dangerous(global string) bool {
	dot := strings.LastIndexByte(global, '.')
	return dot > 0 && v.vetting.Judge(global[:dot], global[dot+1:], pickle.UseReduce, false).Class == pickle.ClassDangerous
}

// of reports whether a global is of one of some libraries.
func of(global string, libraries ...string) bool {
	return slices.ContainsFunc(libraries, func(l string) bool { return global == l || strings.HasPrefix(global, l+".") })
}

// treeKeys are keys of documents whose names stand in several values.
func treeKeys() []string { return []string{"lc", "auto_mapping", "_class_name", "paramMap", "idx"} }

// jsonTree judges the documents of a library whose names stand in several values:
// modules of sentence-transformers, pipelines of diffusers, adapters of peft, stages of
// Spark, objects of LangChain.
func jsonTree(v *visit, s *Source) ([]Finding, error) {
	letters, err := lettersOf(s)
	if err != nil {
		return nil, err
	}
	doc, err := jsonstream.Parse(letters, jsonstream.DefaultLimits(), mostValues)
	if err != nil {
		return nil, err
	}
	n := &jsonNames{visit: v, s: s}
	for _, item := range doc.Items {
		if t := item.Get("type"); item.Get("idx") != nil && item.Get("path") != nil && !of(t.String(), "sentence_transformers") {
			n.add(t, t.String(), "sentence-transformers imports the class of a module")
		}
	}
	n.pipeline(doc)
	if m := doc.Get("auto_mapping"); doc.Get("peft_type") != nil && m != nil {
		library := m.Get("parent_library")
		if !of(library.String(), "transformers", "diffusers", "torch", "timm", "peft", "sentence_transformers", "__main__") {
			n.add(library, library.String()+"."+m.Get("base_model_class").String(), "peft imports the library of the model")
		}
	}
	if c := doc.Get("class"); doc.Get("uid") != nil && doc.Get("paramMap") != nil && !of(c.String(),
		"org.apache.spark.ml", "pyspark.ml", "com.microsoft.azure.synapse.ml", "synapse.ml", "com.johnsnowlabs", "sparknlp", "ml.dmlc.xgboost4j", "xgboost.spark", "sparkdl") {
		n.add(c, c.String(), "Spark makes an object of the class")
	}
	n.constructors(doc)
	return n.out, nil
}

// jsonNames is a document while its names are judged.
type jsonNames struct {
	visit *visit
	s     *Source
	out   []Finding
}

func (n *jsonNames) add(at *jsonstream.Value, global, why string) {
	if at.String() != "" || at != nil && len(at.Items) > 0 {
		n.out = append(n.out, n.visit.named(n.s, global, pickle.UseReduce, at.From, fmt.Sprintf("%s %q", why, short(global)))...)
	}
}

// pipeline judges what diffusers imports for a pipeline: each part is a library, or a
// module of its own pipelines, and a class.
func (n *jsonNames) pipeline(doc *jsonstream.Value) {
	class := doc.Get("_class_name")
	if class == nil {
		return
	}
	if len(class.Items) == 2 {
		n.out = append(n.out, remoteCode(n.s, class.Items[1], "the pipeline")...)
	}
	if doc.Get("_diffusers_version") == nil {
		return
	}
	own := strings.Fields(diffusersPipelines)
	for _, m := range doc.Members {
		if len(m.Value.Items) != 2 || strings.HasPrefix(m.Key, "_") {
			continue
		}
		library, name := m.Value.Items[0].String(), m.Value.Items[1].String()
		if library == "" || name == "" || slices.Contains(own, library) || of(library, "diffusers", "transformers", "onnxruntime", "optimum", "peft", "k_diffusion") {
			continue
		}
		n.add(m.Value, library+"."+name, "diffusers imports the part "+short(m.Key)+" of the pipeline,")
	}
}

// constructors judges the objects of LangChain in a document: the path of a class is a
// list.
func (n *jsonNames) constructors(v *jsonstream.Value) {
	if v.Get("lc") != nil && v.Get("type").String() == "constructor" {
		var path []string
		id := v.Get("id")
		if id != nil {
			for _, item := range id.Items {
				path = append(path, item.String())
			}
		}
		if global := strings.Join(path, "."); len(path) > 0 && !strings.HasPrefix(path[0], "langchain") && path[0] != "langgraph" {
			n.add(id, global, "LangChain makes an object of")
		}
	}
	for _, m := range v.Members {
		n.constructors(m.Value)
	}
	for _, item := range v.Items {
		n.constructors(item)
	}
}
