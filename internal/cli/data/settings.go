package data

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// levels are the flags that name a file of settings.
type levels struct {
	Global  bool `xor:"level" help:"Use global config."`
	System  bool `xor:"level" help:"Use system config."`
	Project bool `xor:"level" help:"Use project config (.dvc/config)."`
	Local   bool `xor:"level" help:"Use local config (.dvc/config.local)."`
}

// level is the file that is named, and whether one is.
func (l levels) level() (dvcconfig.Level, bool) {
	switch {
	case l.Global:
		return dvcconfig.Global, true
	case l.System:
		return dvcconfig.System, true
	case l.Local:
		return dvcconfig.Local, true
	}
	return dvcconfig.Repo, l.Project
}

// settings are the files of settings of the place that the person is in.
type settings struct {
	*session
	root string // "" outside of a repository
}

func (s *session) settings() (*settings, error) {
	root, err := repository.Find(s.cwd)
	if err != nil && !errors.Is(err, repository.ErrOutside) {
		return nil, err
	}
	return &settings{s, root}, nil
}

// misconfigured is how commands about settings fail.
func misconfigured(err error) error {
	if err == nil || isFailure(err) {
		return err
	}
	return &failure{251, "configuration error - ", err}
}

func wrong(format string, args ...any) error {
	return fault.New(fault.Invalid, "config file error: "+format, args...)
}

// file reads the file of a level, an empty one where it is not there.
func (s *settings) file(level dvcconfig.Level) (*dvcconfig.File, string, error) {
	path := repository.SettingsFile(s.root, level, s.environment())
	if path == "" {
		return nil, "", wrong("Not inside a DVC repo")
	}
	content, err := os.ReadFile(path) //nolint:gosec // a file of settings
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, "", err
	}
	f, err := dvcconfig.Parse(content)
	return f, path, err
}

// upTo is what the levels say together, up to one, with another content of that one.
func (s *settings) upTo(level dvcconfig.Level, content []byte) (*dvcconfig.Config, error) {
	sources, err := repository.Sources(s.root, s.environment())
	if err != nil {
		return nil, err
	}
	var below []dvcconfig.Source
	for _, x := range sources {
		if x.Level < level {
			below = append(below, x)
		}
	}
	path := repository.SettingsFile(s.root, level, s.environment())
	return dvcconfig.Load(s.environment().Home, append(below, dvcconfig.Source{Level: level, Path: path, Content: content})...)
}

// edit changes the file of a level, where dvc would take what it says then.
func (s *settings) edit(level dvcconfig.Level, change func(f *dvcconfig.File, folder string) (*dvcconfig.File, error)) error {
	f, path, err := s.file(level)
	if err != nil {
		return err
	}
	next, err := change(f, filepath.Dir(path))
	if err != nil {
		return err
	}
	if _, err := s.upTo(level, next.Text()); err != nil {
		return err
	}
	return writeSettings(path, next.Text())
}

// writeSettings replaces a file of settings.
func writeSettings(path string, content []byte) error {
	if was, err := os.ReadFile(path); err == nil && string(was) == string(content) { //nolint:gosec // a file of settings
		return nil
	}
	mode := fs.FileMode(0o666)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	err := os.MkdirAll(filepath.Dir(path), 0o777) //nolint:gosec // less the umask, as dvc does
	if err == nil {
		err = os.WriteFile(path+".tmp", content, mode)
	}
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		_ = os.Remove(path + ".tmp")
		return fault.Because(err, fault.Unavailable, "'%s' cannot be written", path)
	}
	return nil
}

type configCommand struct {
	levels
	Name       string `arg:"" optional:"" help:"Option name (section.option or remote.name.option)."`
	Value      string `arg:"" optional:"" help:"Option value."`
	Unset      bool   `short:"u" help:"Unset option."`
	List       bool   `short:"l" help:"List all defined config values."`
	ShowOrigin bool   `help:"Show the source file containing each config value."`
}

// optionOf takes a name apart: section.option, remote.name.option or db.name.option.
func optionOf(name string) (dvcconfig.Section, string, error) {
	m := regexp.MustCompile(`^(?:(remote|db)\.)?([^.]*)\.([^.]*)$`).FindStringSubmatch(name)
	if m == nil {
		return dvcconfig.Section{}, "", &failure{254, "argument name: ", errors.New("name argument should look like remote.name.option or db.name.option or section.option")}
	}
	section, option := strings.ToLower(m[2]), strings.ToLower(m[3])
	if m[1] != "" {
		return dvcconfig.Section{Kind: m[1], Name: section}, option, nil
	}
	return dvcconfig.Section{Kind: section}, option, nil
}

// Run reads or writes settings.
func (c *configCommand) Run(s *session) error {
	set, err := s.settings()
	if err != nil {
		return err
	}
	switch {
	case c.ShowOrigin && (c.Value != "" || c.Unset):
		return caught("", errors.New("--show-origin can't be used together with any of these options: -u/--unset, value"))
	case c.List && (c.Name != "" || c.Unset):
		return caught("", errors.New("-l/--list can't be used together with any of these options: -u/--unset, name, value"))
	case c.List:
		return misconfigured(c.list(set))
	case c.Name == "":
		return caught("", errors.New("name argument is required"))
	}
	section, option, err := optionOf(c.Name)
	if err != nil {
		return err
	}
	if c.Value == "" && !c.Unset {
		return misconfigured(c.get(set, section, option))
	}
	level, _ := c.level()
	err = set.edit(level, func(f *dvcconfig.File, folder string) (*dvcconfig.File, error) {
		if c.Unset {
			return f.Unset(section, option)
		}
		return f.Set(section, option, set.asWritten(section, option, c.Value, folder))
	})
	if err == nil && c.Name == "cache.type" {
		s.hint("the links that are there stay as they are: tacit data checkout --relink makes them anew")
	}
	return misconfigured(err)
}

// asWritten is how a value stands in a file: a path that is relative is so to the file.
func (s *settings) asWritten(section dvcconfig.Section, option, value, folder string) string {
	if dvcconfig.TakesPath(section, option) {
		return dvcconfig.Relative(folder, s.cwd, value)
	}
	return value
}

// appropriate are the levels that are asked: the named one, or all there are.
func (c *configCommand) appropriate(s *settings) ([]dvcconfig.Level, error) {
	level, named := c.level()
	switch {
	case named && s.root == "" && level >= dvcconfig.Repo:
		return nil, wrong("Not inside a DVC repo")
	case named:
		return []dvcconfig.Level{level}, nil
	case s.root == "":
		return []dvcconfig.Level{dvcconfig.System, dvcconfig.Global}, nil
	}
	return []dvcconfig.Level{dvcconfig.System, dvcconfig.Global, dvcconfig.Repo, dvcconfig.Local}, nil
}

// origin stands before a value, where it is asked for.
func (c *configCommand) origin(s *settings, level dvcconfig.Level, path string) string {
	if !c.ShowOrigin {
		return ""
	}
	if level >= dvcconfig.Repo {
		if relative, err := filepath.Rel(s.root, path); err == nil {
			path = relative
		}
	}
	return path + "\t"
}

func (c *configCommand) list(s *settings) error {
	all, err := c.appropriate(s)
	if err != nil {
		return err
	}
	for _, level := range all {
		f, path, err := s.file(level)
		if err != nil {
			return err
		}
		s.flat(c.origin(s, level, path), "", f.Resolved(filepath.Dir(path), s.environment().Home))
	}
	return nil
}

// flat prints options by their full names.
func (s *settings) flat(origin, before string, m pyjson.Map) {
	for _, e := range m {
		name := before + fmt.Sprint(e.Key)
		if below, ok := e.Value.(pyjson.Map); ok {
			s.flat(origin, name+".", below)
			continue
		}
		s.say("%s%s=%s", origin, name, shown(e.Value))
	}
}

// shown is a value as Python prints it.
func shown(value any) string {
	list, ok := value.([]any)
	if !ok {
		return fmt.Sprint(value)
	}
	quoted := make([]string, len(list))
	for i, v := range list {
		quoted[i] = "'" + fmt.Sprint(v) + "'"
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

func (c *configCommand) get(s *settings, section dvcconfig.Section, option string) error {
	all, err := c.appropriate(s)
	if err != nil {
		return err
	}
	for i := len(all) - 1; i >= 0; i-- {
		f, path, err := s.file(all[i])
		if err != nil {
			return err
		}
		if v := f.Get(section, option); v != nil {
			if text, ok := v.(string); ok && dvcconfig.TakesPath(section, option) {
				v = dvcconfig.Resolve(filepath.Dir(path), s.environment().Home, text)
			}
			s.say("%s%s", c.origin(s, all[i], path), shown(v))
			return nil
		}
		if _, named := c.level(); named {
			_, err := f.Unset(section, option) // says what is missing
			return err
		}
	}
	return nil
}

type cacheCommand struct {
	Dir     cacheDirCommand     `cmd:"" help:"Configure cache directory location."`
	Migrate cacheMigrateCommand `cmd:"" help:"Migrate cached files to the DVC 3.0 cache location."`
}

type cacheDirCommand struct {
	levels
	Value string `arg:"" optional:"" help:"Path to cache directory. If no path is provided, it returns the current cache directory."`
	Unset bool   `short:"u" help:"Unset option."`
}

// Run reads or sets where the cache is.
func (c *cacheDirCommand) Run(s *session) error {
	set, err := s.settings()
	if err != nil {
		return err
	}
	section := dvcconfig.Section{Kind: "cache"}
	level, named := c.level()
	if c.Value != "" || c.Unset {
		return misconfigured(set.edit(level, func(f *dvcconfig.File, folder string) (*dvcconfig.File, error) {
			if c.Unset {
				return f.Unset(section, "dir")
			}
			return f.Set(section, "dir", set.asWritten(section, "dir", c.Value, folder))
		}))
	}
	if named {
		f, path, err := set.file(level)
		if err != nil {
			return misconfigured(err)
		}
		v, ok := f.Get(section, "dir").(string)
		if !ok {
			_, err := f.Unset(section, "dir") // says what is missing
			return misconfigured(err)
		}
		s.say("%s", dvcconfig.Resolve(filepath.Dir(path), s.environment().Home, v))
		return nil
	}
	all, err := repository.Settings(set.root, s.environment())
	if err != nil {
		return misconfigured(err)
	}
	folder := all.Section("cache").Text("dir")
	switch {
	case folder != "":
	case set.root == "":
		return misconfigured(wrong("option 'dir' doesn't exist in section 'cache'"))
	default:
		folder = filepath.Join(set.root, repository.Folder, "cache")
	}
	s.say("%s", folder)
	return nil
}
