package dvcfile

import (
	"errors"
	"fmt"
	"math/big"
	"path"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/yamltext"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// ParseStage reads a .dvc file, whose name is told in what is wrong with it:
// fault.Invalid.
func ParseStage(name string, content []byte) (*Stage, error) {
	root, err := parse(name, content, stageRule())
	if err != nil {
		return nil, err
	}
	s := &Stage{
		Desc: str(root, "desc"), MD5: hash(root, "md5"), Wdir: str(root, "wdir"),
		Frozen: flag(root, "frozen") || flag(root, "locked"), AlwaysChanged: flag(root, "always_changed"),
		Meta: plain(root, "meta"), text: content,
	}
	s.Deps, s.Outs = readDeps(root), readOuts(root)
	return s, nil
}

// ParseLock reads a dvc.lock.
func ParseLock(name string, content []byte) (*Lock, error) {
	root, err := parse(name, content, lockRule())
	if err != nil {
		return nil, err
	}
	l := &Lock{Datasets: plain(root, "datasets"), text: content}
	if stages := root.Get("stages"); stages != nil {
		for _, e := range stages.Entries {
			l.Stages = append(l.Stages, readLockStage(e))
		}
	}
	return l, nil
}

func readLockStage(e yamltext.Entry) LockStage {
	name, _ := e.Key.Value.(string)
	s := LockStage{Name: name, Cmd: plain(e.Node, "cmd"), Deps: readDeps(e.Node), Outs: readOuts(e.Node)}
	if params := e.Node.Get("params"); params != nil {
		for _, p := range params.Entries {
			file, _ := p.Key.Value.(string)
			values, _ := p.Node.Plain().(pyjson.Map)
			s.Params = append(s.Params, Params{Path: file, Values: values})
		}
	}
	return s
}

// parse reads the text and validates it. An empty file is an empty map, but dvc
// wants a lock to have its version.
func parse(name string, content []byte, r rule) (*yamltext.Node, error) {
	root, err := yamltext.Parse(content)
	var bad *yamltext.SyntaxError
	if errors.As(err, &bad) {
		if bad.Conflict {
			return nil, fault.WithHint(fault.New(fault.Invalid, "'%s' is invalid (possible merge conflicts): %s.", name, bad),
				"take the lines with <<<<<<<, ======= and >>>>>>> out, and one of the two sides between them; tacit data install lets git merge such files by itself")
		}
		return nil, fault.New(fault.Invalid, "'%s' is invalid: %s.", name, bad)
	}
	if err != nil {
		return nil, err
	}
	return root, validate(name, root, r)
}

func readOuts(n *yamltext.Node) []Out {
	var all []Out
	for _, o := range items(n, "outs") {
		cached, pushed := plain(o, "cache"), plain(o, "push")
		all = append(all, Out{
			Entry: readEntry(o), Desc: str(o, "desc"), Type: str(o, "type"), Labels: texts(o, "labels"), Meta: plain(o, "meta"),
			NoCache: cached == any(false), Persist: flag(o, "persist"), Remote: str(o, "remote"), NoPush: pushed == any(false),
		})
	}
	return all
}

func readDeps(n *yamltext.Node) []Dep {
	var all []Dep
	for _, o := range items(n, "deps") {
		d := Dep{Entry: readEntry(o), DB: mapAt(o, "db"), Dataset: mapAt(o, "dataset")}
		if r := o.Get("repo"); r != nil && r.IsMap() {
			d.Repo = &Repo{URL: str(r, "url"), Rev: str(r, "rev"), RevLock: str(r, "rev_lock"), Config: plain(r, "config"), Remote: plain(r, "remote")}
		}
		all = append(all, d)
	}
	return all
}

func readEntry(n *yamltext.Node) Entry {
	e := Entry{Path: str(n, "path"), Hash: str(n, "hash"), Data: readData(n), FSConfig: mapAt(n, "fs_config")}
	for _, f := range items(n, "files") {
		e.Files = append(e.Files, File{RelPath: str(f, "relpath"), Data: readData(f)})
	}
	return e
}

// readData takes what the entry's cloud says for what the entry says.
func readData(n *yamltext.Node) Data {
	var d Data
	d.read(n)
	if cloud := n.Get("cloud"); cloud != nil {
		for _, e := range cloud.Entries {
			d.Remote, _ = e.Key.Value.(string)
			d.read(e.Node)
		}
	}
	return d
}

func (d *Data) read(n *yamltext.Node) {
	for key, field := range map[string]*string{"md5": &d.MD5, "etag": &d.ETag, "checksum": &d.Checksum} {
		if n.Get(key) != nil {
			*field = hash(n, key)
		}
	}
	for key, field := range map[string]**int64{"size": &d.Size, "nfiles": &d.NFiles} {
		if v, ok := plain(n, key).(int64); ok {
			*field = &v
		}
	}
	if n.Get("isexec") != nil {
		d.IsExec = flag(n, "isexec")
	}
	if n.Get("version_id") != nil {
		d.VersionID = str(n, "version_id")
	}
}

func plain(n *yamltext.Node, key string) any {
	if v := n.Get(key); v != nil {
		return v.Plain()
	}
	return nil
}

func str(n *yamltext.Node, key string) string {
	s, _ := plain(n, key).(string)
	return s
}

// hash is a hash as text: one that YAML reads as a number too.
func hash(n *yamltext.Node, key string) string {
	switch v := plain(n, key).(type) {
	case string:
		return v
	case int64, *big.Int, bool:
		return fmt.Sprint(v)
	}
	return ""
}

func flag(n *yamltext.Node, key string) bool { return plain(n, key) == any(true) }

func mapAt(n *yamltext.Node, key string) pyjson.Map {
	m, _ := plain(n, key).(pyjson.Map)
	return m
}

func items(n *yamltext.Node, key string) []*yamltext.Node {
	if v := n.Get(key); v != nil {
		return v.Items
	}
	return nil
}

func texts(n *yamltext.Node, key string) []string {
	var all []string
	for _, i := range items(n, key) {
		if s, ok := i.Value.(string); ok {
			all = append(all, s)
		}
	}
	return all
}

// CheckPlaces refuses, by name, a stage whose data would lie outside of the
// repository, or whose data no object can be: fault.Invalid. The folder is that of its file, relative to the
// repository's root. An out that is not cached may be elsewhere, as may what a
// stage is made of.
func (s *Stage) CheckPlaces(name, folder string) error {
	wdir := path.Join(folder, s.Wdir)
	if path.IsAbs(s.Wdir) || leaves(wdir) {
		return outside(name, "wdir", s.Wdir)
	}
	for _, o := range s.Outs {
		switch {
		case strings.ContainsRune(o.Path, 0):
			return fault.New(fault.Invalid, "'%s' names %q, and no file's name has a NUL.", name, o.Path)
		case o.NoCache || strings.Contains(o.Path, "://") && !path.IsAbs(o.Path):
		case o.Path == "" || path.Join(wdir, o.Path) == ".":
			return fault.New(fault.Invalid, "'%s' names %q, which is the whole repository.", name, o.Path)
		case path.IsAbs(o.Path) || leaves(path.Join(wdir, o.Path)):
			return outside(name, "outs", o.Path)
		case ToolsOwn(path.Join(wdir, o.Path)):
			return fault.New(fault.Invalid, "'%s' names %q in outs: what lies in .git and .dvc is the tools' own, and may be run by them.", name, o.Path)
		}
		if !o.NoCache && !names(o.MD5) {
			return unnamed(name, o.MD5, o.Path)
		}
		for _, f := range o.Files {
			if path.IsAbs(f.RelPath) || f.RelPath == "" || leaves(path.Join(f.RelPath)) {
				return outside(name, "files", f.RelPath)
			}
			if ToolsOwn(f.RelPath) {
				return fault.New(fault.Invalid, "'%s' names %q in files: what lies in .git and .dvc is the tools' own, and may be run by them.", name, f.RelPath)
			}
			if !names(f.MD5) {
				return unnamed(name, f.MD5, path.Join(o.Path, f.RelPath))
			}
		}
	}
	return nil
}

// names says whether an md5 is one that an object can have; a file may say none.
func names(md5 string) bool {
	_, err := object.Parse(md5)
	return md5 == "" || err == nil
}

func unnamed(name, md5, p string) error {
	return fault.WithHint(fault.New(fault.Invalid, "'%s' says %.80q to be the md5 of %q, which no object has.", name, md5, p),
		"take the file from git as it was, or remove it and add the data again")
}

// ToolsOwn says whether a path leads into a folder of git or of DVC, by whatever name a
// file system has for it: some do not tell letters from capitals, and NTFS has short
// names, leaves out dots and spaces at the end, and streams behind a colon. git refuses
// the same names on every system (core.protectNTFS).
func ToolsOwn(p string) bool {
	for part := range strings.SplitSeq(p, "/") {
		name, _, _ := strings.Cut(part, ":")
		name = strings.TrimRight(name, ". ")
		for _, own := range [...]string{".git", ".dvc", "git~1", "dvc~1"} {
			if strings.EqualFold(name, own) {
				return true
			}
		}
	}
	return false
}

func leaves(p string) bool { return p == ".." || strings.HasPrefix(p, "../") }

func outside(name, key, p string) error {
	return fault.WithHint(fault.New(fault.Invalid, "'%s' names %q in %s, which is outside of the repository.", name, p, key),
		"data outside is tracked where it is only as a dep, or copied in by import-url")
}
