package registry

import (
	"context"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/uri"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// origin is where a version comes from, once its source is understood.
type origin struct {
	source   string // as it is kept
	location string // where the artifacts are
	run      string
	model    string // id of the logged model
}

// SourcesOf names the runs, logged models, registered models and versions that a
// new version is said to be made of, as its spec has them; whether they are
// there is not asked.
func SourcesOf(spec VersionSpec) []urn.URN {
	var all []urn.URN
	add := func(kind string, path ...string) {
		if path[0] != "" {
			all = append(all, urn.New(kind, path...))
		}
	}
	add("run", spec.RunID)
	add("logged-model", spec.ModelID)
	u := uri.Parse(spec.Source)
	switch u.Scheme {
	case "runs":
		if run := runOf(u); run != spec.RunID {
			add("run", run)
		}
	case "models":
		p := pointerOf(u)
		if _, err := strconv.ParseInt(p.version, 10, 64); err == nil {
			add("model", p.name, p.version)
		} else {
			add("model", p.name)
		}
		if p.logged != spec.ModelID {
			add("logged-model", p.logged)
		}
	}
	return all
}

// placeholders are the sources of prompts, which have no artifacts.
var placeholders = []string{"prompt-template", "dummy-source"}

// resolve understands the source of a version and refuses one that leads
// outside of the run or the logged model that it is said to come from.
func (s *Service) resolve(ctx context.Context, spec VersionSpec) (origin, error) {
	o := origin{spec.Source, spec.Source, spec.RunID, spec.ModelID}
	prompt, u := marked(spec.Tags), uri.Parse(spec.Source)
	if spec.Infer && o.run == "" && o.model == "" {
		if err := s.infer(ctx, &o, u); err != nil {
			return o, err
		}
	}
	switch {
	case prompt && !slices.Contains(placeholders, spec.Source):
		return o, invalid("Invalid prompt source: '%s'. Prompt sources must use an MLflow placeholder.", spec.Source)
	case prompt:
		return o, nil
	case u.Addressed():
		return o, invalid("'source' cannot use the '%s' scheme: the '%s' scheme addresses a host other than the tracking server's configured artifact storage, so the server would connect to the host named in the URI. Register what a run or a logged model of this server holds, or a path in a bucket.", u.Scheme, u.Scheme)
	case u.Scheme == "models" && u.Host != "":
		return o, invalid("Invalid model version source: '%s'. Registered model sources must use the active model registry.", o.source)
	case u.Scheme == "models" && pointerOf(u).logged == "":
		return s.resolveVersion(ctx, o, pointerOf(u))
	case u.Local():
		if err := s.checkLocal(ctx, o, u); err != nil {
			return o, err
		}
	default:
		if err := checkRemote(spec.Source); err != nil {
			return o, err
		}
	}
	switch u.Scheme {
	case "models":
		return s.resolveLogged(ctx, o, pointerOf(u).logged)
	case "runs":
		return o, checkRuns(o, u)
	case "mlflow-artifacts":
		if err := s.checkContained(ctx, o); err != nil {
			return o, err
		}
	}
	if o.run == "" && o.model != "" {
		_, run, err := s.LoggedModels.Source(ctx, o.model)
		o.run = run
		return o, err
	}
	return o, nil
}

// infer takes the run or logged model of a version from its source.
func (s *Service) infer(ctx context.Context, o *origin, u uri.URI) error {
	switch u.Scheme {
	case "runs":
		_, err := s.Runs.ArtifactRoot(ctx, runOf(u))
		if fault.Is(err, fault.NotFound) {
			return notContained(o.source, "run_id")
		}
		o.run = runOf(u)
		return err
	case "models":
		o.model = pointerOf(u).logged
	}
	return nil
}

// FilesAt is the root below which the files of a version lie: its location, or
// the folder of the run that runs:/<run>/path names. fault.NotFound when the run
// is gone.
func (s *Service) FilesAt(ctx context.Context, v Version) (_ string, err error) {
	defer fault.Wrap(&err, "registry.FilesAt(%s, %d)", v.Model, v.Number)
	u := uri.Parse(v.Location)
	if u.Scheme != "runs" || runOf(u) == "" {
		return v.Location, nil
	}
	root, err := s.Runs.ArtifactRoot(ctx, runOf(u))
	if err != nil {
		return "", err
	}
	_, below, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return uri.Join(root, below), nil
}

// runOf is the run that runs:/<run>/path names, "" for none.
func runOf(u uri.URI) string {
	below, ok := strings.CutPrefix(u.Path, "/")
	run, _, _ := strings.Cut(below, "/")
	if !ok || u.Host != "" {
		return ""
	}
	return run
}

// pointer is what models:/… names: a logged model by its id, or a version of a
// registered model by its number, model stage, "latest" or alias. It is zero
// when it names neither.
type pointer struct{ logged, name, version, alias string }

func pointerOf(u uri.URI) pointer {
	below, ok := strings.CutPrefix(u.Path, "/")
	if u.Fragment != "" {
		below += "#" + u.Fragment // a name may have one
	}
	parts := strings.Split(strings.TrimLeft(below, "/"), "/")
	blank := func(s string) bool { return strings.TrimSpace(s) == "" }
	name, alias, aliased := cutLast(parts[0], "@")
	switch {
	case !ok || u.Host != "" || len(parts) > 2 || blank(parts[0]):
	case len(parts) == 2 && !blank(parts[1]):
		return pointer{name: parts[0], version: parts[1]}
	case len(parts) == 2:
	case aliased && !blank(alias):
		return pointer{name: name, alias: alias}
	case !aliased:
		return pointer{logged: parts[0]}
	}
	return pointer{}
}

// within reports whether a URI lies in the folder that root names.
func within(source, root uri.URI) bool {
	inner, outer := source.Segments(), root.Segments()
	return source.Scheme == root.Scheme && strings.EqualFold(source.Host, root.Host) &&
		len(outer) > 0 && len(inner) >= len(outer) && slices.Equal(inner[:len(outer)], outer)
}

// checkRemote refuses a source whose path, decoded, is not absolute or has
// relative parts.
func checkRemote(source string) error {
	plain := decodedForm(source)
	cleaned := strings.TrimRight(uri.Parse(plain).Path, "/")
	for strings.Contains(cleaned, "//") {
		cleaned = strings.ReplaceAll(cleaned, "//", "/")
	}
	if strings.IndexByte(plain, 0) >= 0 || slices.Contains(strings.Split(plain, "/"), "..") || !strings.HasPrefix(cleaned, "/") || path.Clean(cleaned) != cleaned {
		return invalid("Invalid model version source: '%s'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.", source)
	}
	return nil
}

// decodedForm decodes an address as a form is: a plus is a space.
func decodedForm(s string) string {
	for {
		next := uri.Decode(strings.ReplaceAll(s, "+", " "))
		if next == s {
			return s
		}
		s = next
	}
}

// owner gives the parameter that names whom a source belongs to, and the root
// of its artifacts: "" when it does not exist or none is named.
func (s *Service) owner(ctx context.Context, o origin) (parameter, root string, err error) {
	parameter = "run_id"
	switch {
	case o.model != "":
		parameter = "model_id"
		root, _, err = s.LoggedModels.Source(ctx, o.model)
	case o.run != "":
		root, err = s.Runs.ArtifactRoot(ctx, o.run)
	}
	if fault.Is(err, fault.NotFound) {
		return parameter, "", nil
	}
	return parameter, root, err
}

// checkLocal takes a path on the server's machine only inside the artifacts of
// the run or logged model, which then lie there themselves.
func (s *Service) checkLocal(ctx context.Context, o origin, u uri.URI) error {
	parameter, root, err := s.owner(ctx, o)
	if err != nil {
		return err
	}
	named := o.run != "" || o.model != ""
	if named && root == "" {
		return notContained(o.source, parameter)
	}
	r := uri.Parse(root)
	clean := strings.HasPrefix(u.Path, "/") && !slices.Contains(u.Segments(), "..") && !strings.Contains(u.Path, "\\") && u.Host == "" && len(u.Scheme) != 1
	if named && r.Local() && clean && within(uri.URI{Path: u.Path}, uri.URI{Path: r.Path}) {
		return nil
	}
	shown := o.source
	if named && u.Scheme == "file" && u.Host == "" {
		shown = u.Path
	}
	return invalid("Invalid model version source: '%s'. To use a local path as a model version source, the %s request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the %s.", shown, parameter, parameter)
}

func notContained(source, owner string) error {
	return invalid("Invalid model version source: '%s'. The %s request parameter must identify the resource that contains the source.", source, owner)
}

// checkContained takes proxied artifacts only inside those of the run or
// logged model.
func (s *Service) checkContained(ctx context.Context, o origin) error {
	parameter, root, err := s.owner(ctx, o)
	if err != nil {
		return err
	}
	if root == "" || !within(uri.Parse(o.source), uri.Parse(root)) {
		return notContained(o.source, parameter)
	}
	return nil
}

// checkRuns takes runs:/<run>/path of the run that is named beside it. Its
// artifacts are found through the run by whoever reads them: the path may also
// be the name of a logged model.
func checkRuns(o origin, u uri.URI) error {
	switch {
	case o.model != "":
		return notContained(o.source, "model_id")
	case o.run == "" || runOf(u) != o.run:
		return notContained(o.source, "run_id")
	}
	return nil
}

// resolveVersion takes models:/name with a version, a stage, "latest" or an
// alias.
func (s *Service) resolveVersion(ctx context.Context, o origin, p pointer) (origin, error) {
	if p.name == "" {
		return o, notContained(o.source, "model_id")
	}
	of, err := s.Model(ctx, p.name)
	if err != nil {
		return o, err
	}
	if marked(of.Tags) {
		return o, invalid("Invalid model version source: '%s'. Prompt versions cannot be used as model version sources.", o.source)
	}
	var v Version
	if p.alias != "" {
		v, err = s.VersionByAlias(ctx, p.name, p.alias)
	} else {
		v, err = s.pointed(ctx, of, p.version)
	}
	if err != nil {
		return o, err
	}
	if (o.run != "" && o.run != v.RunID) || (o.model != "" && o.model != v.ModelID) {
		return o, invalid("Invalid model version source: '%s'. The run_id and model_id request parameters must match the referenced model version.", o.source)
	}
	return origin{"models:/" + v.Model + "/" + strconv.FormatInt(v.Number, 10), v.Location, v.RunID, v.ModelID}, nil
}

// pointed finds the version of a model that a URI's last part names: a number,
// "latest" or a model stage.
func (s *Service) pointed(ctx context.Context, m Model, part string) (Version, error) {
	if number, err := strconv.ParseInt(part, 10, 64); err == nil {
		return s.Version(ctx, m.Name, number)
	}
	if strings.EqualFold(part, "latest") {
		return s.VersionByAlias(ctx, m.Name, part)
	}
	stage, err := ParseStage(part)
	if err != nil {
		return Version{}, err
	}
	for _, v := range m.Latest {
		if v.Stage == stage {
			return v, nil
		}
	}
	return Version{}, fault.New(fault.NotFound, "No versions of model with name '%s' and stage '%s' found", m.Name, stage)
}

// resolveLogged takes models:/<id> of the logged model that is named beside it.
func (s *Service) resolveLogged(ctx context.Context, o origin, id string) (origin, error) {
	if o.model != id {
		return o, notContained(o.source, "model_id")
	}
	location, run, err := s.LoggedModels.Source(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return o, notContained(o.source, "model_id")
	}
	if err != nil {
		return o, err
	}
	o.location = location
	if o.run == "" {
		o.run = run
	}
	return o, nil
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
