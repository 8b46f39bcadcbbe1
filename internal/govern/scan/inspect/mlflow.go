package inspect

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"go.yaml.in/yaml/v3"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// Rules of MLflow's model folders.
const (
	RuleMLflowLoader      = "mlflow-loader"      // a module that is none of MLflow's loads the model
	RuleMLflowCode        = "mlflow-code"        // the folder brings Python files that are imported
	RuleMLflowTrust       = "mlflow-trust"       // the model says what is to be trusted
	RuleMLflowPath        = "mlflow-path"        // a path leads out of the folder
	RuleMLflowMissing     = "mlflow-missing"     // a file is named and is not there
	RuleMLflowRequirement = "mlflow-requirement" // a requirement comes from elsewhere, or looks like another
)

// mlflowUnit is a folder with MLmodel in it, which names the files of a model and
// the module that loads them.
type mlflowUnit struct {
	vetting *pickle.Vetting
}

// mlflowFolder is one that is read.
type mlflowFolder struct {
	vetting *pickle.Vetting
	files   fs.FS
	dir     string
	lines   []int
	out     []Finding
	unread  error // the first of what could not be read
}

// read judges a folder as a whole. Its files are judged by themselves. No rule has
// held where MLmodel cannot be read, which is an error.
func (u mlflowUnit) read(folder fs.FS, dir string, _ map[string]*Part) ([]Finding, error) {
	m := &mlflowFolder{vetting: u.vetting, files: folder, dir: dir}
	content, err := m.small("MLmodel")
	if err != nil {
		return nil, err
	}
	documents, err := yamlDocuments(content)
	if err != nil {
		m.unread = fmt.Errorf("it is not YAML: %w", err)
	}
	if len(documents) == 0 { // an empty file loads nothing
		return nil, m.unread
	}
	m.lines = linesOf(content)
	environment := []string{"requirements.txt", "conda.yaml", "python_env.yaml"}
	_, flavors := child(documents[0], "flavors")
	for _, flavor := range values(flavors) {
		m.flavor(flavor, &environment)
	}
	m.modules(flavors)
	m.paths(documents[0], 0)
	for _, name := range environment {
		m.requirements(name)
	}
	return m.out, m.unread
}

// missed keeps why something was not read. What is not there is told by paths, and
// so is what leads out of the folder.
func (m *mlflowFolder) missed(name string, err error) {
	if m.unread == nil && !absent(err) && fs.ValidPath(name) {
		m.unread = err
	}
}

// absent reports whether an error says that a file is not there, nor can be.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// mostSmall is the longest file of a folder that is read as text.
const mostSmall = 1 << 20

// errLong is given for a file that is longer.
var errLong = errors.New("it is longer than 1 MiB: not read")

// small reads a regular file of the folder.
func (m *mlflowFolder) small(name string) ([]byte, error) {
	info, err := fs.Lstat(m.files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", name, errIrregular)
	}
	if info.Size() > mostSmall {
		return nil, fmt.Errorf("%s: %w", name, errLong)
	}
	return fs.ReadFile(m.files, name)
}

func (m *mlflowFolder) path(name string) string { return path.Join(m.dir, name) }

// add appends a finding at a node of MLmodel about a file of the folder.
func (m *mlflowFolder) add(rule string, severity Severity, n *yaml.Node, member, why string) *Finding {
	f := Finding{Rule: rule, Severity: severity, Member: m.path(member), Why: why, Count: 1}
	if n != nil && n.Line > 0 && n.Line <= len(m.lines) && member == "MLmodel" {
		f.Offset = int64(m.lines[n.Line-1] + max(n.Column-1, 0))
	}
	if len(m.out) < mostTemplateFindings {
		m.out = append(m.out, f)
		return &m.out[len(m.out)-1]
	}
	return &f
}

// flavor judges one way of loading the model.
func (m *mlflowFolder) flavor(n *yaml.Node, environment *[]string) {
	if loader, at := scalar(n, "loader_module"); loader != "" {
		m.loader(loader, at)
	}
	if code, at := scalar(n, "code"); code != "" {
		f := m.add(RuleMLflowCode, pickle.Medium, at, "MLmodel", fmt.Sprintf("loading the model puts the folder %q before all libraries, so that its Python files are imported", short(code)))
		f.Args = short(code)
		m.shadows(code)
	}
	if code, at := scalar(n, "model_code_path"); code != "" {
		f := m.add(RuleMLflowCode, pickle.Medium, at, "MLmodel", fmt.Sprintf("loading the model runs the file %q", short(path.Base(code))))
		f.Args = short(path.Base(code))
	}
	if _, trusted := child(n, "skops_trusted_types"); trusted != nil && trusted.Kind == yaml.SequenceNode {
		for _, t := range trusted.Content {
			m.trust(meant(t))
		}
	}
	m.hub(n)
	_, env := child(n, "env")
	for _, key := range []string{"conda", "virtualenv"} {
		if name, _ := scalar(env, key); name != "" && !slices.Contains(*environment, name) {
			*environment = append(*environment, name)
		}
	}
	if name, _ := scalar(n, "env"); name != "" && !slices.Contains(*environment, name) {
		*environment = append(*environment, name)
	}
}

// loaders are the modules of MLflow that have a loader of models.
func loaders() []string {
	return []string{
		"mlflow.catboost", "mlflow.diffusers", "mlflow.diviner", "mlflow.dspy.load", "mlflow.fastai", "mlflow.gluon", "mlflow.h2o", "mlflow.johnsnowlabs",
		"mlflow.keras", "mlflow.keras.load", "mlflow.langchain", "mlflow.langchain.model", "mlflow.lightgbm", "mlflow.llama_index.model", "mlflow.mleap",
		"mlflow.onnx", "mlflow.openai", "mlflow.openai.model", "mlflow.paddle", "mlflow.pmdarima", "mlflow.promptflow", "mlflow.prompt.promptlab_model",
		"mlflow.prophet", "mlflow.pyfunc.loaders.chat_agent", "mlflow.pyfunc.loaders.chat_model", "mlflow.pyfunc.loaders.code_model",
		"mlflow.pyfunc.loaders.responses_agent", "mlflow.pyfunc.model", "mlflow.pyfunc.spark_model", "mlflow.pytorch", "mlflow.sentence_transformers", "mlflow.shap",
		"mlflow.sklearn", "mlflow.spacy", "mlflow.spark", "mlflow.statsmodels", "mlflow.tensorflow", "mlflow.transformers", "mlflow.xgboost",
	}
}

// loader judges the module that MLflow imports, and whose _load_pyfunc it calls.
func (m *mlflowFolder) loader(module string, at *yaml.Node) {
	if slices.Contains(loaders(), module) {
		return
	}
	f := m.add(RuleMLflowLoader, pickle.High, at, "MLmodel", fmt.Sprintf("loading the model imports the module %q, which is none of MLflow's, and calls it", short(module)))
	f.Module, f.Name = module, "_load_pyfunc"
	f.Class = pickle.ClassUnknown.String()
	if m.vetting.Look(module, "*").Class == pickle.ClassDangerous {
		f.Class, f.Severity = pickle.ClassDangerous.String(), pickle.Critical
	}
}

// trust judges a type that the model wants skops to trust: nothing is trusted
// for it, and types that nobody has vetted are told.
func (m *mlflowFolder) trust(t *yaml.Node) {
	dot := strings.LastIndexByte(t.Value, '.')
	if dot < 0 {
		return
	}
	rule := m.vetting.Judge(t.Value[:dot], t.Value[dot+1:], pickle.Reference, true)
	severity := pickle.Medium
	switch rule.Class {
	case pickle.ClassVetted, pickle.ClassData:
		return
	case pickle.ClassDangerous:
		severity = pickle.Critical
	}
	f := m.add(RuleMLflowTrust, severity, t, "MLmodel", fmt.Sprintf("the model itself wants %q to be trusted when it is loaded", short(t.Value)))
	f.Class, f.Module, f.Name = rule.Class.String(), t.Value[:dot], t.Value[dot+1:]
}

// shadows looks for code that is imported in the place of a library.
func (m *mlflowFolder) shadows(code string) {
	code = path.Clean(code)
	entries, err := fs.ReadDir(m.files, code)
	if errors.Is(err, syscall.ENOTDIR) { // an archive may be put before all libraries as well
		err = fmt.Errorf("the code %s is no folder", short(code))
	}
	if err != nil {
		m.missed(code, err)
		return
	}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".py")
		if slices.Contains(libraries(), name) && (e.IsDir() || name != e.Name()) {
			m.add(RuleMLflowCode, pickle.High, nil, path.Join(code, e.Name()), fmt.Sprintf("the code of the model takes the place of the library %s for everything that the process imports", name))
		}
	}
}

// libraries are modules that models import and no model brings.
func libraries() []string {
	return []string{
		"numpy", "scipy", "sklearn", "pandas", "joblib", "cloudpickle", "mlflow", "torch", "tensorflow", "keras", "xgboost", "lightgbm", "catboost", "skops", "yaml",
		"requests", "os", "sys", "json", "pickle", "re", "logging", "subprocess", "importlib", "pathlib", "typing", "collections", "functools", "warnings", "random",
	}
}
