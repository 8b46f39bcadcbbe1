package inspect

import (
	"io"
	"io/fs"
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// TestModelsOfLibraries: what the libraries write is clean, and all of it
// understood.
func TestModelsOfLibraries(t *testing.T) {
	formats := map[string]string{
		"models/a.safetensors": "safetensors", "models/a.gguf": "gguf v3", "models/big.gguf": "gguf v3", "models/extra_log1p.skops": "zip",
		"mlflow/xgb/model.ubj": "xgboost ubj", "mlflow/lgb_booster/model.lgb": "lightgbm", "mlflow/cat/model.cb": "catboost", "mlflow/lgb/MLmodel": "yaml",
	}
	parts := tree(t, os.DirFS("testdata"))
	if len(parts) < 30 {
		t.Fatalf("%d files", len(parts))
	}
	for name, p := range parts {
		if strings.HasSuffix(name, ".py") || !strings.HasPrefix(name, "mlflow/") && !strings.HasPrefix(name, "models/") {
			continue
		}
		if p.Status != pickle.Complete || p.Verdict != pickle.Clean || len(p.Findings) > 0 {
			t.Errorf("%s: %s %s %v %v", name, p.Status, p.Reason, p.Format, p.Findings)
		}
		if want := formats[name]; want != "" && p.Format[0] != want {
			t.Errorf("%s is %v", name, p.Format)
		}
	}
	schema := 0
	for _, m := range parts["models/VotingClassifier.skops"].Members {
		if m.Path == "models/VotingClassifier.skops:schema.json" {
			if schema++; m.Format[len(m.Format)-1] != "skops" {
				t.Errorf("the schema is %v", m.Format)
			}
		}
	}
	if schema != 1 {
		t.Errorf("%d schemas", schema)
	}
}

// model is a folder with one MLmodel and other files.
func model(flavor string, files map[string]string) fstest.MapFS {
	m := fstest.MapFS{"m/MLmodel": {Data: []byte("flavors:\n  python_function:\n    " + strings.ReplaceAll(flavor, "\n", "\n    ") + "\n")}}
	for name, text := range files {
		m["m/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func TestMLflow(t *testing.T) {
	here := map[string]string{"model.txt": "x", "requirements.txt": "numpy==2.0\nscikit-learn\n", "conda.yaml": "channels: [conda-forge]\ndependencies: [python=3.11, {pip: [numpy]}]\n", "python_env.yaml": "build_dependencies: [pip==23.2.1]\ndependencies: [-r requirements.txt]\n"}
	for flavor, want := range map[string]struct {
		rule     string
		severity Severity
		more     map[string]string
	}{
		"loader_module: mlflow.sklearn\nmodel_path: model.txt\nenv: {conda: conda.yaml, virtualenv: python_env.yaml}": {"", 0, nil},
		"loader_module: mlflow.pyfunc.model\ndata: model.txt\nartifacts: {a: {path: model.txt, uri: /anywhere}}":      {"", 0, nil},
		"loader_module: mlflow.pytorch\ndata: data":                                                                   {"", 0, map[string]string{"data/pickle_module_info.txt": "mlflow.pytorch.pickle_module", "data/model.pth": "x"}},
		"loader_module: mlflow.pytorch\nmodel_data: data/":                                                            {RuleMLflowLoader, pickle.High, map[string]string{"data/pickle_module_info.txt": "evilmod"}},
		"loader_module: mlflow.pytorch\ndata: ./other":                                                                {RuleMLflowLoader, pickle.Critical, map[string]string{"other/pickle_module_info.txt": "subprocess"}},
		"loader_module: mlflow.pytorch":                                                                               {RuleMLflowLoader, pickle.High, map[string]string{"pickle_module_info.txt": "pickle\n"}},
		"loader_module: mlflow.pytorch # long":                                                                        {RuleMLflowLoader, pickle.High, map[string]string{"data/pickle_module_info.txt": strings.Repeat("a", mostSmall+1)}},
		"loader_module: mlflow.tensorflow":                                                                            {"", 0, map[string]string{"data/keras_module.txt": "keras.api._v2.keras"}},
		"loader_module: mlflow.tensorflow\ndata: data":                                                                {RuleMLflowLoader, pickle.High, map[string]string{"data/keras_module.txt": "evilmod"}},
		"keras_module: tensorflow.keras":                                                                              {"", 0, nil},
		"keras_module: tf_keras":                                                                                      {"", 0, nil},
		"keras_module: evilmod":                                                                                       {RuleMLflowLoader, pickle.High, nil},
		"keras_module: kerasx":                                                                                        {RuleMLflowLoader, pickle.High, nil},
		"source_model_name: a/x\nmodel_binary: model":                                                                 {"", 0, map[string]string{"model/config.json": "{}"}},
		"source_model_name: a/x":                                                                                      {"", 0, map[string]string{"pipeline/config.json": "{}"}},
		"source_model_name: evil/x":                                                                                   {RuleMLflowMissing, pickle.Medium, nil},
		"source_model_name: evil/x\nsource_model_revision: abc\nmodel_binary: model":                                  {RuleMLflowMissing, pickle.Medium, map[string]string{"model/config.json": "{}"}},
		"source_model_name: a\nlocal_base_model_path: /elsewhere":                                                     {RuleMLflowMissing, pickle.Medium, nil},
		"loader_module: evil":                                                                                         {RuleMLflowLoader, pickle.High, nil},
		"loader_module: mlflow.sklearn.evil":                                                                          {RuleMLflowLoader, pickle.High, nil},
		"loader_module: subprocess":                                                                                   {RuleMLflowLoader, pickle.Critical, nil},
		"loader_module: &a mlflow.sklearn\nloader_module: evil":                                                       {RuleMLflowLoader, pickle.High, nil},
		"model_path: &k loader_module\n*k : evil":                                                                     {RuleMLflowLoader, pickle.High, map[string]string{"loader_module": ""}},
		"<<: {loader_module: evil}":                                                                                   {RuleMLflowLoader, pickle.High, nil},
		"<<: [{a: b}, {<<: {loader_module: evil}}]":                                                                   {RuleMLflowLoader, pickle.High, nil},
		"code: code":                             {RuleMLflowCode, pickle.Medium, map[string]string{"code/mine.txt": "x"}},
		"code: code/":                            {RuleMLflowCode, pickle.High, map[string]string{"code/sklearn/__init__.py": ""}},
		"code: ./code":                           {RuleMLflowCode, pickle.High, map[string]string{"code/json.py": ""}},
		"model_code_path: /home/me/from_code.py": {RuleMLflowCode, pickle.Medium, map[string]string{"from_code.py": ""}},
		"skops_trusted_types: [sklearn.tree._tree.Tree, numpy.dtype]":       {"", 0, nil},
		"skops_trusted_types: [nobody.C]":                                   {RuleMLflowTrust, pickle.Medium, nil},
		"skops_trusted_types:\n- os.system":                                 {RuleMLflowTrust, pickle.Critical, nil},
		"python_model: ../other/python_model.pkl":                           {RuleMLflowPath, pickle.High, nil},
		"python_model: a/../../b":                                           {RuleMLflowPath, pickle.High, nil},
		"python_model: ..\\b":                                               {RuleMLflowPath, pickle.High, nil},
		"python_model: /etc/passwd":                                         {RuleMLflowPath, pickle.High, nil},
		"python_model: C:\\x":                                               {RuleMLflowPath, pickle.High, nil},
		"data: s3://bucket/x":                                               {RuleMLflowPath, pickle.High, nil},
		"artifacts: {a: {path: http://127.0.0.1/x}}":                        {RuleMLflowPath, pickle.High, nil},
		"python_model: python_model.pkl.gz\npython_model_compression: gzip": {RuleMLflowMissing, pickle.Medium, nil},
		"env: {conda: other.yaml}":                                          {RuleMLflowMissing, pickle.Low, nil},
	} {
		files := maps.Clone(here)
		maps.Copy(files, want.more)
		p := tree(t, model(flavor, files))["m/MLmodel"]
		switch {
		case want.rule == "" && len(p.Findings) > 0:
			t.Errorf("%s: %+v", flavor, p.Findings)
		case want.rule != "" && (len(p.Findings) == 0 || p.Findings[0].Rule != want.rule || p.Findings[0].Severity != want.severity):
			t.Errorf("%s: %s %s %+v", flavor, p.Status, p.Reason, p.Findings)
		}
	}
}

func TestMLflowRequirements(t *testing.T) {
	for line, severity := range map[string]Severity{
		"numpy==2.0.1 # fine": 0, "scikit_learn>=1; python_version > '3'": 0, "boto==2": 0, "dataset": 0, "uvicorn[standard]": 0, "# git+https://x": 0,
		"--extra-index-url https://download.pytorch.org/whl/cpu": 0, "torch @ https://download.pytorch.org/whl/cpu/torch-2.whl": 0,
		"--extra-index-url http://127.0.0.1/simple": pickle.Medium, "--index-url=https://evil.example/simple": pickle.Medium, "-i https://u:p@pypi.org/simple": pickle.Medium,
		"--find-links ./wheels": pickle.Medium, "--trusted-host pypi.org": pickle.Medium, "-e git+https://github.com/a/b": pickle.Medium, "-r ../other.txt": pickle.Medium,
		"git+https://github.com/a/b@main": pickle.Medium, "pkg @ https://evil.example/pkg.whl": pickle.Medium, "./local": pickle.Medium,
		"requets==2.0": pickle.Medium, "numppy": pickle.Medium, "nmupy": pickle.Medium, "Pandsa": pickle.Medium, "scikitlearn": pickle.Medium, "tensorfow>=2": pickle.Medium,
	} {
		for file, content := range map[string]string{
			"requirements.txt": "pyyaml\n" + line + "\n",
			"conda.yaml":       "dependencies:\n- pip:\n  - pyyaml\n  - \"" + line + "\"\n",
		} {
			p := tree(t, model("loader_module: mlflow.sklearn", map[string]string{file: content}))["m/MLmodel"]
			if severity == 0 && len(p.Findings) > 0 || severity > 0 && (len(p.Findings) != 1 || p.Findings[0].Severity != severity || p.Findings[0].Member != "m/"+file || p.Findings[0].Offset < 7) {
				t.Errorf("%s in %s: %+v", line, file, p.Findings)
			}
		}
	}
	for channel, severity := range map[string]Severity{"conda-forge": 0, "https://conda.anaconda.org/pytorch": 0, "http://127.0.0.1/c": pickle.Medium} {
		p := tree(t, model("loader_module: mlflow.sklearn", map[string]string{"conda.yaml": "channels: [" + channel + "]\n"}))["m/MLmodel"]
		if (severity > 0) != (len(p.Findings) > 0) {
			t.Errorf("%s: %+v", channel, p.Findings)
		}
	}
}

// TestMLflowPickles: whatever MLmodel says of it, a file of the folder is read.
func TestMLflowPickles(t *testing.T) {
	for _, name := range []string{"python_model.pkl", "python_model.pkl.gz", "data/weights.bin"} {
		parts := tree(t, model("loader_module: mlflow.pyfunc.model\npython_model: "+name, map[string]string{name: system}))
		if p := parts["m/"+name]; p.Verdict != pickle.Malicious {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestMLmodelThatIsNone(t *testing.T) {
	for _, text := range []string{"", "[1, 2]", "flavors: 7", "flavors: {a: &x {b: *x}}", "flavors:\n  a: *b", "flavors: {a: {env: [1], code: [2], skops_trusted_types: {a: b}}}", "\x00\x01"} {
		tree(t, fstest.MapFS{"MLmodel": {Data: []byte(text)}, "requirements.txt": {Data: []byte("-")}, "conda.yaml": {Data: []byte("dependencies: 7\nchannels: {a: [b]}")}})
	}
}

// hidden is a file system in which a name cannot be read, although it is there.
type hidden struct {
	files fs.FS
	name  string
}

// Open fails for the name that is hidden.
func (h hidden) Open(name string) (fs.File, error) {
	if name == h.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return h.files.Open(name)
}

// unreadable are files of which only ReadAt works.
type unreadable struct{ files fs.FS }

type unreadableFile struct {
	fs.File
	io.ReaderAt
}

// Read fails.
func (unreadableFile) Read([]byte) (int, error) { return 0, fs.ErrInvalid }

// Open opens a file without Read.
func (u unreadable) Open(name string) (fs.File, error) {
	f, err := u.files.Open(name)
	if at, ok := f.(io.ReaderAt); ok && err == nil {
		return unreadableFile{f, at}, nil
	}
	return f, err
}

// noFolders is a file system that gives no folder of its own.
type noFolders struct{ fstest.MapFS }

// Sub fails.
func (noFolders) Sub(string) (fs.FS, error) { return nil, fs.ErrPermission }

// TestMLmodelThatIsNotRead: where the rules of the folder could not be held against
// it, it is never clean.
func TestMLmodelThatIsNotRead(t *testing.T) {
	good := "loader_module: mlflow.sklearn"
	long := model(good+"\n# "+strings.Repeat("a", mostSmall), nil)
	for name, fsys := range map[string]fs.FS{
		"files without Read":   unreadable{model(good, nil)},
		"no folder":            noFolders{model(good, nil)},
		"too long":             long,
		"no YAML":              fstest.MapFS{"m/MLmodel": {Data: []byte("a: [")}},
		"bytes":                fstest.MapFS{"m/MLmodel": {Data: []byte("\x00\x01\x02")}},
		"half a document":      fstest.MapFS{"m/MLmodel": {Data: []byte("flavors: {}\n---\na: [")}},
		"code that is hidden":  hidden{model(good+"\ncode: code", map[string]string{"code/a.txt": ""}), "m/code"},
		"code that is a file":  model(good+"\ncode: code.zip", map[string]string{"code.zip": ""}),
		"requirements":         hidden{model(good, map[string]string{"requirements.txt": ""}), "m/requirements.txt"},
		"long requirements":    model(good, map[string]string{"requirements.txt": strings.Repeat("#", mostSmall+1)}),
		"a module's name":      hidden{model(good, map[string]string{"keras_module.txt": ""}), "m/keras_module.txt"},
		"the file of a path":   hidden{model(good+"\nmodel_path: a.txt", map[string]string{"a.txt": ""}), "m/a.txt"},
		"conda that is broken": model(good, map[string]string{"conda.yaml": "a: ["}),
	} {
		if p := tree(t, fsys)["m/MLmodel"]; p.Status != pickle.Inconclusive || p.Reason == "" || p.Verdict == pickle.Clean {
			t.Errorf("%s: %s %q %s %+v", name, p.Status, p.Reason, p.Verdict, p.Findings)
		}
	}
}
