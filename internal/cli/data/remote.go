package data

import (
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
)

type remoteCommand struct {
	Add     remoteAddCommand     `cmd:"" help:"Add a new data remote."`
	Default remoteDefaultCommand `cmd:"" help:"Set/unset the default data remote."`
	Modify  remoteModifyCommand  `cmd:"" help:"Modify the configuration of a data remote."`
	List    remoteListCommand    `cmd:"" help:"List all available data remotes."`
	Remove  remoteRemoveCommand  `cmd:"" help:"Remove a data remote."`
	Rename  remoteRenameCommand  `cmd:"" help:"Rename a DVC remote"`
}

func remoteSection(name string) dvcconfig.Section {
	return dvcconfig.Section{Kind: "remote", Name: strings.ToLower(name)}
}

// core is where the default remote stands.
func core() dvcconfig.Section { return dvcconfig.Section{Kind: "core"} }

type remoteAddCommand struct {
	levels
	Name    string `arg:"" help:"Name of the remote"`
	URL     string `arg:"" name:"url" help:"Remote location."`
	Default bool   `short:"d" help:"Set as default remote."`
	Force   bool   `short:"f" help:"Force overwriting existing configs"`
}

// Run adds a remote.
func (c *remoteAddCommand) Run(s *session) error {
	set, err := s.settings()
	if err != nil {
		return err
	}
	section := remoteSection(c.Name)
	if c.Default {
		s.say("Setting '%s' as a default remote.", section.Name)
	}
	level, _ := c.level()
	return misconfigured(set.edit(level, func(f *dvcconfig.File, folder string) (_ *dvcconfig.File, err error) {
		if f.Has(section) {
			if !c.Force {
				return nil, wrong("remote '%s' already exists. Use `-f|--force` to overwrite it.", section.Name)
			}
			if f, err = f.RemoveSection(section); err != nil {
				return nil, err
			}
		}
		if f, err = f.Set(section, "url", dvcconfig.Relative(folder, s.cwd, c.URL)); err != nil || !c.Default {
			return f, err
		}
		return f.Set(core(), "remote", section.Name)
	}))
}

type remoteDefaultCommand struct {
	levels
	Name  string `arg:"" optional:"" help:"Name of the remote"`
	Unset bool   `short:"u" help:"Unset default remote."`
}

// Run tells, sets or unsets the default.
func (c *remoteDefaultCommand) Run(s *session) error {
	set, err := s.settings()
	if err != nil {
		return err
	}
	level, named := c.level()
	if c.Name == "" && !c.Unset {
		name, err := set.value(level, named, core(), "remote")
		if err != nil {
			return misconfigured(err)
		}
		if name == "" {
			s.say("No default remote set")
			return answer(1)
		}
		s.say("%s", name)
		return nil
	}
	return misconfigured(set.edit(level, func(f *dvcconfig.File, _ string) (*dvcconfig.File, error) {
		if c.Unset {
			if f.Get(core(), "remote") == nil {
				return f, nil
			}
			return f.Unset(core(), "remote")
		}
		has, err := set.has(level, named, f, remoteSection(c.Name))
		if err != nil {
			return nil, err
		}
		if !has {
			return nil, wrong("default remote must be present in remote list.")
		}
		return f.Set(core(), "remote", strings.ToLower(c.Name))
	}))
}

// value is an option of a level, or of all together.
func (s *settings) value(level dvcconfig.Level, named bool, section dvcconfig.Section, option string) (string, error) {
	if !named {
		for level = dvcconfig.Local; ; level-- {
			if s.root != "" || level < dvcconfig.Repo {
				if f, _, err := s.file(level); err != nil {
					return "", err
				} else if v, ok := f.Get(section, option).(string); ok {
					return v, nil
				}
			}
			if level == dvcconfig.System {
				return "", nil
			}
		}
	}
	f, _, err := s.file(level)
	if err != nil {
		return "", err
	}
	v, _ := f.Get(section, option).(string)
	return v, nil
}

// has says whether a remote is in a file, or in one of those that count with it: the
// weaker ones of a level that is named, else all.
func (s *settings) has(level dvcconfig.Level, named bool, f *dvcconfig.File, section dvcconfig.Section) (bool, error) {
	if f.Has(section) {
		return true, nil
	}
	for other := dvcconfig.System; other <= dvcconfig.Local; other++ {
		if other == level || named && other > level || s.root == "" && other >= dvcconfig.Repo {
			continue
		}
		f, _, err := s.file(other)
		if err != nil || f.Has(section) {
			return err == nil, err
		}
	}
	return false, nil
}

type remoteModifyCommand struct {
	levels
	Name   string `arg:"" help:"Name of the remote"`
	Option string `arg:"" help:"Name of the option to modify."`
	Value  string `arg:"" optional:"" help:"(optional) Value of the option."`
	Unset  bool   `short:"u" help:"Unset option."`
}

// Run changes an option of a remote.
func (c *remoteModifyCommand) Run(s *session) error {
	set, err := s.settings()
	if err != nil {
		return err
	}
	section, option := remoteSection(c.Name), strings.ToLower(c.Option)
	level, named := c.level()
	return misconfigured(set.edit(level, func(f *dvcconfig.File, folder string) (*dvcconfig.File, error) {
		has, err := set.has(level, named, f, section)
		if err != nil {
			return nil, err
		}
		if !has {
			return nil, wrong("remote '%s' doesn't exist.", section.Name)
		}
		if !c.Unset {
			return f.Set(section, option, set.asWritten(section, option, c.Value, folder))
		}
		if f.Get(section, option) == nil {
			return f, nil
		}
		return f.Unset(section, option)
	}))
}

type remoteListCommand struct{ levels }

// Run lists the remotes.
func (c *remoteListCommand) Run(s *session) error {
	set, err := s.settings()
	if err != nil {
		return err
	}
	level, named := c.level()
	if named {
		f, path, err := set.file(level)
		if err != nil {
			return misconfigured(err)
		}
		all, err := dvcconfig.Load(s.environment().Home, dvcconfig.Source{Level: level, Path: path, Content: f.Text()})
		if err != nil {
			return misconfigured(err)
		}
		return set.remotes(all, all.DefaultRemote())
	}
	r, err := s.open()
	if err != nil {
		return err
	}
	return set.remotes(r.Config(), r.Config().DefaultRemote())
}

// remotes prints them, in columns of eight as a terminal has them.
func (s *settings) remotes(all *dvcconfig.Config, usual string) error {
	for _, e := range all.Section("remote").Values() {
		name, _ := e.Key.(string)
		options, _ := e.Value.(pyjson.Map)
		address, _ := options.Get("url")
		columns := []string{name, fmt.Sprint(address)}
		if name == usual {
			columns = append(columns, "(default)")
		}
		line := ""
		for i, c := range columns {
			if line += c; i < len(columns)-1 {
				line += strings.Repeat(" ", 8-len([]rune(line))%8)
			}
		}
		s.say("%s", line)
	}
	return nil
}

type remoteRemoveCommand struct {
	levels
	Name string `arg:"" help:"Name of the remote to remove."`
}

// Run forgets a remote, and that it was the default.
func (c *remoteRemoveCommand) Run(s *session) error {
	return s.everywhere(c.levels, c.Name, func(f *dvcconfig.File) (*dvcconfig.File, error) {
		return f.RemoveSection(remoteSection(c.Name))
	}, func(f *dvcconfig.File) (*dvcconfig.File, error) { return f.Unset(core(), "remote") })
}

type remoteRenameCommand struct {
	levels
	Name string `arg:"" help:"Remote to be renamed"`
	New  string `arg:"" help:"New name of the remote"`
}

// Run gives a remote another name, also where it is the default.
func (c *remoteRenameCommand) Run(s *session) error {
	set, err := s.settings()
	if err != nil {
		return err
	}
	if name, err := set.value(0, false, remoteSection(c.New), "url"); err == nil && name != "" {
		return misconfigured(wrong("Rename failed. Remote name '%s' already exists.", c.New))
	}
	return s.everywhere(c.levels, c.Name, func(f *dvcconfig.File) (*dvcconfig.File, error) {
		return f.Rename(remoteSection(c.Name), strings.ToLower(c.New))
	}, func(f *dvcconfig.File) (*dvcconfig.File, error) {
		return f.Set(core(), "remote", strings.ToLower(c.New))
	})
}

// everywhere changes a remote in its file, and the default in that and in all stronger
// ones that name the remote.
func (s *session) everywhere(l levels, name string, remote, usual func(*dvcconfig.File) (*dvcconfig.File, error)) error {
	set, err := s.settings()
	if err != nil {
		return err
	}
	own, _ := l.level()
	for level := own; level <= dvcconfig.Local; level++ {
		if level > own && set.root == "" && level >= dvcconfig.Repo {
			break
		}
		f, path, err := set.file(level)
		if err != nil {
			return misconfigured(err)
		}
		if level == own {
			if f, err = remote(f); err != nil {
				return misconfigured(err)
			}
		}
		if v, ok := f.Get(core(), "remote").(string); ok && strings.EqualFold(v, name) {
			if f, err = usual(f); err != nil {
				return misconfigured(err)
			}
		} else if level > own {
			continue
		}
		if err := writeSettings(path, f.Text()); err != nil {
			return err
		}
	}
	return nil
}
