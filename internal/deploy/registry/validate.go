package registry

import (
	"slices"
	"strings"
	"unicode"

	"github.com/tacit-ml/tacit/internal/foundation/label"
)

// Limits, in characters unless said otherwise.
const (
	maxName        = 256
	maxAlias       = 255
	maxTagKey      = 250
	maxTagValue    = 100_000
	maxDescription = 100_000
	maxSource      = 8_192 // of a source or a run's link
	maxID          = 256   // of a run or a logged model
)

// missing says that a parameter is absent or blank.
func missing(name string) error {
	return invalid("Missing value for required parameter '%s'.", name)
}

// checkName checks the name of a registered model.
func checkName(name string) error {
	if strings.TrimSpace(name) == "" {
		return missing("name")
	}
	if strings.ContainsAny(name, "/:") {
		return invalid("Invalid model name '%s'. Names cannot contain '/' or ':'.", name)
	}
	if err := label.Name(name, "name"); err != nil {
		return err
	}
	return label.Text("name", name, maxName)
}

// checkKey checks the key of a tag.
func checkKey(key string) error {
	if err := label.Key(key, "key"); err != nil {
		return err
	}
	return label.Text("key", key, maxTagKey)
}

func checkTag(t Tag) error {
	if err := checkKey(t.Key); err != nil {
		return err
	}
	return label.Text("value", t.Value, maxTagValue)
}

// checkTags checks tags and keeps the last of each key, by key.
func checkTags(tags []Tag) ([]Tag, error) {
	last := map[string]string{}
	for _, t := range tags {
		if err := checkTag(t); err != nil {
			return nil, err
		}
		last[t.Key] = t.Value
	}
	kept := make([]Tag, 0, len(last))
	for k, v := range last {
		kept = append(kept, Tag{k, v})
	}
	slices.SortFunc(kept, func(a, b Tag) int { return strings.Compare(a.Key, b.Key) })
	return kept, nil
}

func checkNewModel(spec *ModelSpec) (err error) {
	if err := checkName(spec.Name); err != nil {
		return err
	}
	if err := label.Text("description", spec.Description, maxDescription); err != nil {
		return err
	}
	spec.Tags, err = checkTags(spec.Tags)
	return err
}

func checkNewVersion(spec *VersionSpec) (err error) {
	if err := checkName(spec.Model); err != nil {
		return err
	}
	for _, t := range []struct {
		name, value string
		limit       int
	}{
		{"source", spec.Source, maxSource}, {"run_link", spec.RunLink, maxSource}, {"description", spec.Description, maxDescription},
		{"run_id", spec.RunID, maxID}, {"model_id", spec.ModelID, maxID},
	} {
		if err := label.Text(t.name, t.value, t.limit); err != nil {
			return err
		}
	}
	spec.Tags, err = checkTags(spec.Tags)
	return err
}

// checkAlias checks the name of an alias.
func checkAlias(alias string) error {
	if alias == "" {
		return invalid("Registered model alias name cannot be empty.")
	}
	for _, r := range alias {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && r != '_' && r != '-' {
			return invalid("Invalid alias name: '%s'. Names may only contain alphanumerics, underscores (_), and dashes (-).", alias)
		}
	}
	return label.Text("Registered model alias name", alias, maxAlias)
}

// checkNewAlias refuses the aliases that mean something already.
func checkNewAlias(alias string) error {
	if err := checkAlias(alias); err != nil {
		return err
	}
	if strings.EqualFold(alias, "latest") {
		return invalid("'latest' alias name (case insensitive) is reserved.")
	}
	digits := strings.TrimLeftFunc(alias[1:], unicode.IsDigit)
	if (alias[0] == 'v' || alias[0] == 'V') && len(alias) > 1 && digits == "" {
		return invalid("Version alias name '%s' is reserved.", alias)
	}
	return nil
}

// checkMax checks the size of a page.
func checkMax(n, limit int) error {
	if n < 1 {
		return invalid("Invalid value for max_results. It must be a positive integer, but got %d", n)
	}
	if n > limit {
		return invalid("Invalid value for request parameter max_results. It must be at most %d, but got value %d", limit, n)
	}
	return nil
}
