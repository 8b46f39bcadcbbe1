package dvcfile

import (
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/yamltext"
)

// fields is a map to which only what says something is added.
type fields struct{ pyjson.Map }

func (f *fields) text(key, value string) {
	if value != "" {
		f.Set(key, value)
	}
}

func (f *fields) flag(key string, value bool) {
	if value {
		f.Set(key, true)
	}
}

func (f *fields) number(key string, value *int64) {
	if value != nil {
		f.Set(key, *value)
	}
}

// some adds a value that Python takes for true.
func (f *fields) some(key string, value any) {
	switch v := value.(type) {
	case nil:
		return
	case bool:
		if !v {
			return
		}
	case string:
		if v == "" {
			return
		}
	case []any:
		if len(v) == 0 {
			return
		}
	case pyjson.Map:
		if len(v) == 0 {
			return
		}
	case int64:
		if v == 0 {
			return
		}
	case float64:
		if v == 0 {
			return
		}
	}
	f.Set(key, value)
}

// meta adds all of the data but the hash that stands first, in dvc's order. What
// belongs to a remote goes below its name.
func (f *fields) meta(d Data, first string) {
	f.number("size", d.Size)
	f.number("nfiles", d.NFiles)
	f.flag("isexec", d.IsExec)
	to := f
	if d.Remote != "" {
		to = &fields{}
	}
	to.text("version_id", d.VersionID)
	for _, h := range []struct{ key, value string }{{"etag", d.ETag}, {"checksum", d.Checksum}} {
		if h.key != first {
			to.text(h.key, h.value)
		}
	}
	if first != "md5" {
		f.text("md5", d.MD5)
	}
	if d.Remote != "" && len(to.Map) > 0 {
		cloud := fields{}
		for _, key := range []string{"etag", "checksum", "version_id"} {
			if v, ok := to.Get(key); ok {
				cloud.Set(key, v)
			}
		}
		f.Set("cloud", pyjson.Map{{Key: d.Remote, Value: cloud.Map}})
	}
}

// first is the hash that an entry is known by: what lies elsewhere has that of
// its store.
func (e *Entry) first() (key, value string) {
	hashes := []struct{ key, value string }{{"md5", e.MD5}, {"etag", e.ETag}, {"checksum", e.Checksum}}
	if strings.Contains(e.Path, "://") {
		hashes = append(hashes[1:], hashes[0])
	}
	for _, h := range hashes {
		if h.value != "" && (h.key == "md5" || e.Data.Remote == "") {
			return h.key, h.value
		}
	}
	return "md5", ""
}

func (f *fields) hashes(e *Entry) {
	key, value := e.first()
	if e.Files == nil {
		f.text(key, value)
		f.meta(e.Data, key)
	}
}

func (f *fields) files(e *Entry) {
	if e.Files == nil {
		return
	}
	sorted := slices.Clone(e.Files)
	slices.SortStableFunc(sorted, func(a, b File) int { return pyjson.CompareStrings(a.RelPath, b.RelPath) })
	list := []any{}
	for _, file := range sorted {
		one := fields{}
		one.Set("relpath", file.RelPath)
		one.text("md5", file.MD5)
		one.meta(file.Data, "md5")
		list = append(list, one.Map)
	}
	f.Set("files", list)
}

// entry adds what outs and deps of a .dvc file have in common.
func (f *fields) entry(e *Entry) {
	f.hashes(e)
	f.text("hash", e.Hash)
	f.Set("path", e.Path)
	f.some("fs_config", e.FSConfig)
}

func (o *Out) dump() pyjson.Map {
	f := fields{}
	f.entry(&o.Entry)
	f.text("desc", o.Desc)
	f.text("type", o.Type)
	if labels := list(o.Labels); len(labels) > 0 {
		f.Set("labels", labels)
	}
	f.some("meta", o.Meta)
	if o.NoCache {
		f.Set("cache", false)
	}
	f.flag("persist", o.Persist)
	f.text("remote", o.Remote)
	if o.NoPush {
		f.Set("push", false)
	}
	f.files(&o.Entry)
	return f.Map
}

func list(texts []string) []any {
	all := make([]any, 0, len(texts))
	for _, t := range texts {
		all = append(all, t)
	}
	return all
}

func (d *Dep) dump() pyjson.Map {
	f := fields{}
	switch {
	case d.Repo != nil:
		r := fields{}
		r.Set("url", d.Repo.URL)
		r.text("rev", d.Repo.Rev)
		r.text("rev_lock", d.Repo.RevLock)
		r.some("config", d.Repo.Config)
		r.some("remote", d.Repo.Remote)
		f.Set("path", d.Path)
		f.Set("repo", r.Map)
	case d.DB != nil:
		f.hashes(&d.Entry)
		f.text("hash", d.Hash)
		f.Set("db", d.DB)
	default:
		f.entry(&d.Entry)
		f.files(&d.Entry)
	}
	return f.Map
}

// dump is what the .dvc file says, in dvc's order.
func (s *Stage) dump() pyjson.Map {
	f := fields{}
	f.text("desc", s.Desc)
	f.text("md5", s.MD5)
	if s.Wdir != "." {
		f.text("wdir", s.Wdir)
	}
	f.flag("frozen", s.Frozen)
	deps, outs := []any{}, []any{}
	for i := range s.Deps {
		deps = append(deps, s.Deps[i].dump())
	}
	for i := range s.Outs {
		outs = append(outs, s.Outs[i].dump())
	}
	f.some("deps", deps)
	f.some("outs", outs)
	f.flag("always_changed", s.AlwaysChanged)
	f.some("meta", s.Meta)
	return f.Map
}

// Encode writes the file. One that was read and says the same is given back as
// it was, byte for byte; else its comments, its order and its other lines stay.
func (s *Stage) Encode() ([]byte, error) {
	if s.text != nil && s.says() {
		return s.text, nil
	}
	return encode(s.text, s.dump(), yamltext.AtEnd)
}

// says reports whether the text says what the stage does, however it does it:
// keys in capitals, false ones, and words of older versions may stay.
func (s *Stage) says() bool {
	was, err := ParseStage("", s.text)
	return err == nil && yamltext.Equal(was.dump(), s.dump())
}

func encode(text []byte, want pyjson.Map, order yamltext.Order) ([]byte, error) {
	if len(text) == 0 {
		return yamltext.Marshal(want)
	}
	return yamltext.Edit(text, want, order)
}

// Fresh is the stage as a file that nobody wrote yet.
func (s *Stage) Fresh() *Stage {
	c := *s
	c.text = nil
	return &c
}
