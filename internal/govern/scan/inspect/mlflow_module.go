package inspect

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// modules judges the modules that MLflow imports beside the loader: those that
// files of the model's data name, and that of Keras in MLmodel (mlflow/pytorch and
// mlflow/tensorflow of MLflow 3.18, load_model and _load_pyfunc).
func (m *mlflowFolder) modules(flavors *yaml.Node) {
	folders := []string{".", "data"}
	for _, flavor := range values(flavors) {
		for _, key := range []string{"data", "model_data"} {
			if folder, _ := scalar(flavor, key); folder != "" && !slices.Contains(folders, path.Clean(folder)) {
				folders = append(folders, path.Clean(folder))
			}
		}
		if module, at := scalar(flavor, "keras_module"); module != "" && !inPackage(module, kerasPackages) {
			m.imported(module, at, "MLmodel")
		}
	}
	for _, folder := range folders {
		m.namedBy(path.Join(folder, "pickle_module_info.txt"), func(module string) bool { return slices.Contains(pickleModules, module) })
		m.namedBy(path.Join(folder, "keras_module.txt"), func(module string) bool { return inPackage(module, kerasPackages) })
	}
}

// pickleModules are what torch.save is given to pickle by.
var pickleModules = []string{"mlflow.pytorch.pickle_module", "pickle", "_pickle", "cloudpickle", "cloudpickle.cloudpickle", "cloudpickle.cloudpickle_fast", "dill", "dill._dill"}

// namedBy judges the module whose name is all that a file holds.
func (m *mlflowFolder) namedBy(name string, known func(module string) bool) {
	text, err := m.small(name)
	switch {
	case errors.Is(err, errIrregular), errors.Is(err, errLong):
		m.add(RuleMLflowLoader, pickle.High, nil, name, "the file names a module that loading the model imports, and cannot be read: it is too long, or no file")
	case err != nil:
		m.missed(name, err)
	case !known(string(text)):
		m.imported(string(text), nil, name)
	}
}

// imported is the finding against a module that is imported and is none that
// MLflow writes.
func (m *mlflowFolder) imported(module string, at *yaml.Node, member string) {
	f := m.add(RuleMLflowLoader, pickle.High, at, member, fmt.Sprintf("loading the model imports the module %q, which is none that MLflow writes there", short(module)))
	f.Module, f.Class = short(module), pickle.ClassUnknown.String()
	if m.vetting.Look(module, "*").Class == pickle.ClassDangerous {
		f.Class, f.Severity = pickle.ClassDangerous.String(), pickle.Critical
	}
}

// hub judges a flavour of transformers whose weights are no files of the folder:
// MLflow fetches them by the name of a repository when a revision is said, and has
// no others when neither model_binary nor the folder of old, pipeline, is there.
func (m *mlflowFolder) hub(flavor *yaml.Node) {
	name, at := scalar(flavor, "source_model_name")
	if name == "" {
		return
	}
	if base, where := scalar(flavor, "local_base_model_path"); base != "" {
		m.add(RuleMLflowMissing, pickle.Medium, where, "MLmodel", fmt.Sprintf("the weights are read from %s, which is no part of the model: what a loader would read was not seen", short(base)))
		return
	}
	_, revision := child(flavor, "source_model_revision")
	binary, _ := scalar(flavor, "model_binary")
	if _, err := fs.Stat(m.files, "pipeline"); revision == nil && (binary != "" || err == nil) {
		return
	}
	m.add(RuleMLflowMissing, pickle.Medium, at, "MLmodel", fmt.Sprintf("the weights are those of the repository %s, fetched when the model is loaded: what a loader would read was not seen", short(name)))
}
