package cli

import (
	"go.yaml.in/yaml/v3"

	"github.com/tacit-ml/tacit/internal/app"
	"github.com/tacit-ml/tacit/internal/foundation/config"
)

// configCommand is about tacit.yaml.
type configCommand struct {
	Check configCheck `cmd:"" help:"Read the settings file and say what is wrong with it."`
	Show  configShow  `cmd:"" help:"Print what tacit.yaml sets, with the defaults of what it leaves out."`
}

type configCheck struct{ place }

// Run reads the file; what is wrong is the error, with its place.
func (c configCheck) Run(t *terminal) error {
	file, path, err := load(c.place)
	if err != nil {
		return err
	}
	if file.Path == "" {
		return &exit{code: ExitNothing, err: &usageError{errNoConfig(path), "tacit needs none; make one to set more than the defaults"}}
	}
	if t.json {
		return t.document(map[string]any{"file": file.Path, "ok": true})
	}
	t.say("%s  %s", t.verdict("ok"), file.Path)
	return nil
}

type configShow struct{ place }

// Help teaches.
func (configShow) Help() string {
	return `The workspace and the sections of the settings file, as they hold; with --json the same names and values. Flags and TACIT_*
variables (address, folder, stores, keys) are not part of that file: tacit doctor, given the same, tells what comes of them.

Exit codes: 0 printed · 1 there is a mistake in the file · 4 wrong usage`
}

// Run prints workspace and sections as YAML, or JSON.
func (c configShow) Run(t *terminal) error {
	file, _, err := load(c.place)
	if err != nil {
		return err
	}
	all := map[string]any{"workspace": file.Workspace}
	for _, s := range app.Sections() {
		all[s.Name] = file.Value(s.Name)
	}
	text, err := yaml.Marshal(all)
	if err != nil {
		return err
	}
	if t.json { // by way of YAML, whose names these are
		var same map[string]any
		if err := yaml.Unmarshal(text, &same); err != nil {
			return err
		}
		return t.document(same)
	}
	_, err = t.out.Write(text)
	return err
}

// load reads the settings file; a mistake in it is the answer no.
func load(p place) (file *config.File, path string, err error) {
	if err := p.settings().CheckDir(); err != nil {
		return nil, "", wrongUsage(err)
	}
	path, _ = p.settings().ConfigPath()
	if file, err = p.settings().LoadConfig(); err != nil {
		return nil, path, &exit{code: ExitNo, err: err}
	}
	return file, path, nil
}

type errNoConfig string

// Error names the path.
func (e errNoConfig) Error() string { return "there is no settings file at " + string(e) }
