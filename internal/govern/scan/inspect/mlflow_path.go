package inspect

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// pathKeys are keys of MLmodel whose values are files of the folder.
func pathKeys() []string {
	return []string{
		"model_path", "model_data", "data", "code", "pickled_model", "model_binary", "python_model", "path", "saved_model_dir", "conda", "virtualenv", "env", "conda_env",
		"artifact_path", "serving_input_path",
	}
}

// paths judges every path in MLmodel.
func (m *mlflowFolder) paths(n *yaml.Node, depth int) {
	if depth > 64 {
		return
	}
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := meant(n.Content[i]).Value, meant(n.Content[i+1])
			outermost := depth == 1 && key == "artifact_path" // where the run has the folder
			if value.Kind == yaml.ScalarNode && value.ShortTag() == "!!str" && slices.Contains(pathKeys(), key) {
				m.file(key, value, !outermost)
			}
		}
	}
	for _, inner := range n.Content {
		if inner.Kind != yaml.ScalarNode {
			m.paths(inner, depth+1)
		}
	}
}

// file judges a path, and looks for the file when it must be there.
func (m *mlflowFolder) file(key string, n *yaml.Node, must bool) {
	name := strings.TrimSuffix(n.Value, "/")
	slashed := strings.ReplaceAll(name, `\`, "/")
	scheme, _, remote := strings.Cut(slashed, "://")
	switch {
	case remote:
		m.add(RuleMLflowPath, pickle.High, n, "MLmodel", fmt.Sprintf("%s is not a file of the model but an address of %s: %s", key, short(scheme), short(name)))
		return
	case path.IsAbs(slashed), len(slashed) > 1 && slashed[1] == ':', slices.Contains(strings.Split(slashed, "/"), ".."), strings.ContainsRune(name, 0):
		m.add(RuleMLflowPath, pickle.High, n, "MLmodel", fmt.Sprintf("%s leads out of the model's folder: %s", key, short(name)))
		return
	case !must || name == "":
		return
	}
	_, err := fs.Stat(m.files, path.Clean(slashed))
	if err == nil {
		return
	}
	if !absent(err) {
		m.missed(path.Clean(slashed), err)
		return
	}
	severity := pickle.Medium
	if slices.Contains([]string{"conda", "virtualenv", "env", "conda_env", "serving_input_path", "artifact_path"}, key) {
		severity = pickle.Low
	}
	m.add(RuleMLflowMissing, severity, n, "MLmodel", fmt.Sprintf("%s is the file %s, which is not there: what a loader would read was not seen", key, short(name)))
}
