package tracking

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/foundation/label"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/uri"
)

const (
	// served is the scheme of the artifacts that tacit keeps.
	served = "mlflow-artifacts"
	// artifactRoot is where artifacts lie unless an experiment says otherwise.
	artifactRoot = served + ":"
)

// checkLocation refuses a location that no experiment may have. What tacit
// keeps itself must lie in no experiment's, run's or model's own folder; two
// experiments may name one folder of another name.
func checkLocation(location string) error {
	u := uri.Parse(location)
	switch {
	case u.Fragment != "" || u.Params != "":
		return invalid("'artifact_location' URL can't include fragments or params.")
	case strings.Contains(uri.Decode(u.Query), ".."):
		return invalid("Invalid query string")
	case u.Addressed():
		return invalid("'artifact_location' cannot use the '%s' scheme: the '%s' scheme addresses a host other than the tracking server's configured artifact storage, so the server would connect to the host named in the URI. Leave the location out, or give it as mlflow-artifacts:/FOLDER.", u.Scheme, u.Scheme)
	case strings.HasPrefix(location, "runs:"):
		return invalid("Artifact location cannot be a runs:/ URI. Given: '%s'", location)
	case utf8.RuneCountInString(location) > MaxLocation:
		return invalid("Invalid artifact path length. The length of the artifact path cannot be greater than %d characters.", MaxLocation)
	case u.Scheme == "file" && u.Host != "":
		return invalid("'artifact_location' names a file on another machine: '%s'", location)
	case slices.Contains(strings.FieldsFunc(location, func(r rune) bool { return r == '/' || r == '\\' }), ".."):
		return invalid("'artifact_location' must not hold '..': '%s'", location)
	}
	if u.Scheme == served {
		if err := checkServed(location, u.Path); err != nil {
			return err
		}
	}
	return label.Stored("artifact_location", location)
}

// checkServed refuses folders of tacit's own that belong to somebody: all of
// them, the folder of an experiment, which is its number, and what lies in the
// artifacts of a run or of a logged model.
func checkServed(location, path string) error {
	folder, err := uri.Clean(strings.Trim(path, "/"))
	if err != nil {
		return invalid("'artifact_location' is no path: '%s'", location)
	}
	parts := strings.Split(strings.ToLower(folder), "/")
	if folder == "" {
		return invalid("'artifact_location' is the folder of all artifacts: '%s'. Name a folder below it.", location)
	}
	if strings.Trim(parts[0], "0123456789") == "" {
		return invalid("'artifact_location' is the folder of an experiment: '%s'. Leave it out, or name one that does not begin with a number.", location)
	}
	for i, part := range parts[1:] {
		if part == "artifacts" && isID(strings.TrimPrefix(parts[i], "m-")) {
			return invalid("'artifact_location' lies in the artifacts of a run or a model: '%s'", location)
		}
	}
	return nil
}

// isID reports whether s has the form of a run's id.
func isID(s string) bool { return len(s) == 32 && strings.Trim(s, "0123456789abcdef") == "" }

// locate gives a new experiment its place: the one that was asked for, or else
// one below the root of its workspace.
func (s *Service) locate(ctx context.Context, r rows.Reader, id int64, asked string) (string, error) {
	if asked != "" || s.Roots == nil {
		return asked, nil
	}
	root, err := s.Roots.ArtifactRoot(ctx, r)
	if err != nil || root == "" {
		return "", err
	}
	return uri.Join(root, experimentText(id)), nil
}

// CheckRoot refuses what no workspace may have as the place above its
// experiments. fault.Invalid.
func CheckRoot(root string) error {
	if u := uri.Parse(root); u.Scheme == "" && !strings.HasPrefix(root, "/") {
		return invalid("Invalid value for 'default_artifact_root'. Expected a URI (for example 's3://bucket/prefix' or 'mlflow-artifacts:/prefix') or an absolute path, got '%s'.", root)
	}
	return checkLocation(uri.Join(root, "1"))
}
