package inspect

import (
	"bytes"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// requirements judges a file that says what is to be installed for the model.
func (m *mlflowFolder) requirements(name string) {
	content, err := m.small(path.Clean(name))
	if err != nil {
		m.missed(path.Clean(name), err)
		return
	}
	if ext := path.Ext(name); ext != ".yaml" && ext != ".yml" {
		at := int64(0)
		for line := range bytes.Lines(content) {
			m.requirement(name, string(line), at)
			at += int64(len(line))
		}
		return
	}
	documents, err := yamlDocuments(content)
	if err != nil {
		m.missed(path.Clean(name), fmt.Errorf("%s is not YAML: %w", short(name), err))
	}
	if len(documents) == 0 {
		return
	}
	lines := linesOf(content)
	at := func(n *yaml.Node) int64 { return int64(lines[min(max(n.Line, 1), len(lines))-1] + max(n.Column-1, 0)) }
	if _, channels := child(documents[0], "channels"); channels != nil {
		for _, c := range channels.Content {
			m.channel(name, c.Value, at(c))
		}
	}
	for _, key := range []string{"dependencies", "build_dependencies"} {
		_, list := child(documents[0], key)
		if list == nil {
			continue
		}
		for _, d := range list.Content {
			if d.Kind == yaml.ScalarNode {
				m.requirement(name, d.Value, at(d))
			}
			if _, pip := child(d, "pip"); pip != nil {
				for _, r := range pip.Content {
					m.requirement(name, r.Value, at(r))
				}
			}
		}
	}
}

func (m *mlflowFolder) against(severity Severity, file string, at int64, line, why string) {
	f := m.add(RuleMLflowRequirement, severity, nil, file, why)
	f.Offset, f.Args = at, short(line)
}

// channel judges where conda takes packages from.
func (m *mlflowFolder) channel(file, channel string, at int64) {
	known := []string{"defaults", "conda-forge", "anaconda", "main", "nodefaults", "pytorch", "nvidia", "fastai", "huggingface", "intel", "rapidsai", "bioconda", "r", "free"}
	switch {
	case slices.Contains(known, channel):
	case strings.Contains(channel, "://") || strings.HasPrefix(channel, "/"):
		if !knownHost(channel) {
			m.against(pickle.Medium, file, at, channel, fmt.Sprintf("packages come from the channel %s", short(channel)))
		}
	default:
		m.against(pickle.Low, file, at, channel, fmt.Sprintf("packages come from the channel %s, which anybody may have made", short(channel)))
	}
}

// knownHost reports whether an address is of an index that everybody uses.
func knownHost(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return false
	}
	switch u.Hostname() {
	case "pypi.org", "files.pythonhosted.org", "download.pytorch.org", "pypi.nvidia.com", "pypi.ngc.nvidia.com", "data.pyg.org", "conda.anaconda.org", "repo.anaconda.com":
		return u.Scheme == "https"
	case "storage.googleapis.com":
		return u.Scheme == "https" && strings.HasPrefix(u.Path, "/jax-releases/")
	}
	return false
}

// requirement judges one line for pip.
func (m *mlflowFolder) requirement(file, line string, at int64) {
	line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
	line = strings.TrimSpace(line)
	switch {
	case line == "" || line[0] == '#':
	case line[0] == '-':
		m.option(file, line, at)
	case strings.Contains(line, "://"):
		from := line[strings.LastIndexAny(line[:strings.Index(line, "://")], " @+")+1:]
		if from, _, _ = strings.Cut(from, " "); !knownHost(from) || strings.Contains(line, "git+") {
			m.against(pickle.Medium, file, at, line, "a package comes from an address and not from an index: "+short(from))
		}
	case strings.HasPrefix(line, ".") || strings.HasPrefix(line, "/"):
		m.against(pickle.Medium, file, at, line, "a package comes from a folder of the machine that installs it")
	default:
		if like := lookalike(packageName(line)); like != "" {
			m.against(pickle.Medium, file, at, line, fmt.Sprintf("the package %s is one letter away from %s, which may have been meant", short(packageName(line)), like))
		}
	}
}

// option judges an option in a file of requirements.
func (m *mlflowFolder) option(file, line string, at int64) {
	name, value, _ := strings.Cut(strings.Replace(line, "=", " ", 1), " ")
	value = strings.TrimSpace(value)
	switch name {
	case "-i", "--index-url", "--extra-index-url", "-f", "--find-links":
		if !knownHost(value) {
			m.against(pickle.Medium, file, at, line, "packages come from another index as well, which may have any package under any name: "+short(value))
		}
	case "--trusted-host":
		m.against(pickle.Medium, file, at, line, "packages are taken from a host without proof that it is that host")
	case "-e", "--editable":
		m.against(pickle.Medium, file, at, line, "a package is installed from its sources: "+short(value))
	case "-r", "--requirement", "-c", "--constraint":
		if strings.Contains(value, "..") || strings.Contains(value, "://") || path.IsAbs(value) {
			m.against(pickle.Medium, file, at, line, "requirements are read from outside of the model's folder: "+short(value))
		}
	}
}

// packageName is that of a requirement, as indexes compare it.
func packageName(line string) string {
	if end := strings.IndexAny(line, "=<>!~;[ @"); end >= 0 {
		line = line[:end]
	}
	return strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(line)), "_", "-"), ".", "-")
}

// known are packages that models need, and others that are a letter away from
// one and are honest.
func known() (popular, honest []string) {
	return []string{
			"numpy", "pandas", "scipy", "scikit-learn", "torch", "torchvision", "tensorflow", "keras", "xgboost", "lightgbm", "catboost", "mlflow", "mlflow-skinny",
			"cloudpickle", "joblib", "transformers", "requests", "matplotlib", "pillow", "opencv-python", "setuptools", "boto3", "urllib3", "pyyaml", "protobuf",
			"pyarrow", "sqlalchemy", "fastapi", "statsmodels", "prophet", "spacy", "onnxruntime", "sentence-transformers", "langchain", "openai", "datasets",
			"accelerate", "tokenizers", "huggingface-hub", "jinja2", "pyspark", "cryptography", "pydantic", "skops", "safetensors",
		}, []string{
			"boto", "jinja", "dataset", "torchx", "numpyro", "pillow-simd", "shapely",
		}
}

// lookalike is the popular package that a name is one letter away from: one too
// many, one missing, another one, or two that changed places.
func lookalike(name string) string {
	popular, honest := known()
	if slices.Contains(popular, name) || slices.Contains(honest, name) {
		return ""
	}
	for _, p := range popular {
		if near(name, p) || strings.ReplaceAll(name, "-", "") == strings.ReplaceAll(p, "-", "") {
			return p
		}
	}
	return ""
}

// near reports whether two names are one step of typing apart.
func near(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || len(a) < 4 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) {
		return false
	}
	return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
