package dvcconfig

import (
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Source is the file of a level as it lies on the disk.
type Source struct {
	Level   Level
	Path    string // absolute: what is relative in it is so to its folder
	Content []byte
	Tracked bool // git keeps it, as it keeps that of Repo, or a file that it keeps says it
}

// Config is what the levels say together.
type Config struct {
	data    pyjson.Map
	tracked map[string]map[string]bool // by remote and option
}

// Load reads the levels, of which a later one shadows the earlier, and checks
// them as one: fault.Invalid in dvc's words, for exit code 251. The home is what
// "~" stands for.
func Load(home string, sources ...Source) (*Config, error) {
	c := &Config{tracked: map[string]map[string]bool{}}
	for _, name := range sectionOrder() {
		c.data.Set(name, pyjson.Map{})
	}
	ordered := slices.Clone(sources)
	slices.SortStableFunc(ordered, func(a, b Source) int { return int(a.Level) - int(b.Level) })
	for _, s := range ordered {
		f, err := Parse(s.Content)
		if err != nil {
			return nil, err
		}
		data, err := interpolated(f.Data())
		if err != nil {
			return nil, err
		}
		resolvePaths(data, filepath.Dir(s.Path), home)
		c.note(data, s.Tracked || s.Level == Repo)
		merge(&c.data, data)
	}
	return c, Check(c.data)
}

// note remembers of the options of remotes whether they come with a clone.
func (c *Config) note(data pyjson.Map, tracked bool) {
	all, _ := data.Get("remote")
	remotes, _ := all.(pyjson.Map)
	for _, r := range remotes {
		name, _ := r.Key.(string)
		if c.tracked[name] == nil {
			c.tracked[name] = map[string]bool{}
		}
		noteKeys(c.tracked[name], r.Value, func(string) bool { return tracked })
	}
}

func noteKeys(into map[string]bool, section any, tracked func(key string) bool) {
	m, _ := section.(pyjson.Map)
	for _, e := range m {
		key, _ := e.Key.(string)
		into[key] = tracked(key)
	}
}

func merge(into *pyjson.Map, update pyjson.Map) {
	for _, e := range update {
		key, _ := e.Key.(string)
		old, _ := into.Get(key)
		below, ok := old.(pyjson.Map)
		more, also := e.Value.(pyjson.Map)
		if !ok || !also {
			into.Set(key, e.Value)
			continue
		}
		below = slices.Clone(below)
		merge(&below, more)
		into.Set(key, below)
	}
}

// pathOptions are the options of remotes that name files, and so are relative to
// the folder of the file in which they stand.
func pathOptions() []string {
	return []string{"url", "gdrive_user_credentials_file", "gdrive_service_account_json_file_path", "credentialpath", "configpath", "keyfile", "cert_path", "key_path"}
}

// Resolved is what a file in a folder says, with its paths as they are meant from anywhere.
func (f *File) Resolved(folder, home string) pyjson.Map {
	data := f.Data()
	resolvePaths(data, folder, home)
	return data
}

func resolvePaths(data pyjson.Map, folder, home string) {
	resolve := func(section any, keys ...string) {
		m, _ := section.(pyjson.Map)
		for i, e := range m {
			key, _ := e.Key.(string)
			if s, ok := e.Value.(string); ok && slices.Contains(keys, key) {
				m[i].Value = Resolve(folder, home, s)
			}
		}
	}
	for _, e := range data {
		names, _ := e.Value.(pyjson.Map)
		switch e.Key {
		case "cache":
			resolve(names, "dir")
		case "remote":
			for _, r := range names {
				resolve(r.Value, pathOptions()...)
			}
		case "machine":
			for _, r := range names {
				resolve(r.Value, "startup_script", "setup_script")
			}
		}
	}
}

var hasScheme = regexp.MustCompile(`^\w+://`)

// Resolve is the path or URL that a value means in a file in folder.
func Resolve(folder, home, value string) string {
	switch {
	case hasScheme.MatchString(value), filepath.IsAbs(value):
		return value
	case value == "~", strings.HasPrefix(value, "~/"):
		return home + value[1:]
	}
	return filepath.Join(folder, filepath.FromSlash(value))
}

// Relative is how a path that somebody gives in the folder cwd stands in a file in
// folder: relative to the file where it was relative.
func Relative(folder, cwd, value string) string {
	if hasScheme.MatchString(value) || filepath.IsAbs(value) || strings.HasPrefix(value, "~") {
		return value
	}
	if value == "" {
		return value
	}
	relative, err := filepath.Rel(folder, filepath.Join(cwd, filepath.FromSlash(value)))
	if err != nil {
		return value
	}
	return filepath.ToSlash(relative)
}

// TakesPath says whether an option names a file, so that Relative is asked.
func TakesPath(s Section, key string) bool {
	return s.Kind == "cache" && key == "dir" || s.Kind == "remote" && slices.Contains(pathOptions(), key) ||
		s.Kind == "machine" && (key == "startup_script" || key == "setup_script")
}

// Options are what one section says.
type Options struct {
	values  pyjson.Map
	tracked map[string]bool
}

// Tracked says of an option of a remote whether it is as a file says that git keeps: such
// a one comes with a clone, and whoever may push can change it.
func (o Options) Tracked(key string) bool { return o.tracked[key] }

// Section is a section without a name; of one that is not there all is unset.
func (c *Config) Section(kind string) Options {
	v, _ := c.data.Get(kind)
	m, _ := v.(pyjson.Map)
	return Options{values: m}
}

// Values are the options as they stand: text, lists of texts, and sections below.
func (o Options) Values() pyjson.Map { return o.values }

// Keys are the options that are set.
func (o Options) Keys() []string {
	var keys []string
	for _, e := range o.values {
		key, _ := e.Key.(string)
		keys = append(keys, key)
	}
	return keys
}

// Text is an option, "" where it is unset.
func (o Options) Text(key string) string {
	v, _ := o.values.Get(key)
	s, _ := v.(string)
	return s
}

// Flag is an option that is true or false, otherwise where it is unset.
func (o Options) Flag(key string, otherwise bool) bool {
	if s := o.Text(key); s != "" {
		return strings.EqualFold(s, "true")
	}
	return otherwise
}

// Number is an option that is a number, otherwise where it is unset.
func (o Options) Number(key string, otherwise float64) float64 {
	f, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(o.Text(key)), "_", ""), 64)
	if err != nil {
		return otherwise
	}
	return f
}

// Links are the types of links to try, nil where none are set.
func (o Options) Links(key string) []string {
	v, _ := o.values.Get(key)
	return Links(v)
}

// Remotes are the names of the remotes, in the order in which they were first set.
func (c *Config) Remotes() []string { return c.Section("remote").Keys() }

// DefaultRemote is the name of the remote that is meant where none is named, ""
// where there is none.
func (c *Config) DefaultRemote() string { return strings.ToLower(c.Section("core").Text("remote")) }

// Remote is what a remote says, with what it takes from the one that its URL
// builds on: fault.NotFound where there is none of the name.
func (c *Config) Remote(name string) (Options, error) { return c.remote(name, nil) }

// Over is put over the options of a remote: by a person, or by a file that git keeps.
type Over struct {
	Options pyjson.Map
	Tracked bool
}

// At is what reaches a URL: of one of the scheme remote, what that remote says. What is
// in over is put over it.
func (c *Config) At(address string, over Over) (Options, error) {
	var values pyjson.Map
	tracked := map[string]bool{}
	if Scheme(address) == "remote" {
		name, rest := remoteOf(address)
		base, err := c.remote(name, nil)
		if err != nil {
			return Options{}, err
		}
		values = slices.Clone(base.values)
		noteKeys(tracked, values, base.Tracked)
		if address = base.Text("url"); rest != "" {
			address = strings.TrimSuffix(address, "/") + "/" + rest
		}
	}
	values.Set("url", address)
	for _, e := range over.Options {
		key, _ := e.Key.(string)
		values.Set(key, e.Value)
	}
	noteKeys(tracked, over.Options, func(string) bool { return over.Tracked })
	return Options{values, tracked}, nil
}

func (c *Config) remote(name string, above []string) (Options, error) {
	name = strings.ToLower(name)
	all := c.Section("remote")
	v, ok := all.values.Get(name)
	if !ok {
		return Options{}, fault.WithHint(fault.New(fault.NotFound, "config file error: remote '%s' doesn't exist", name), "dvc remote list names those there are")
	}
	if slices.Contains(above, name) {
		return Options{}, fault.New(fault.Invalid, "config file error: the remotes %s build on each other", strings.Join(append(above, name), ", "))
	}
	m, _ := v.(pyjson.Map)
	own := Options{m, c.tracked[name]}
	address := own.Text("url")
	if Scheme(address) != "remote" {
		return own, nil
	}
	below, rest := remoteOf(address)
	base, err := c.remote(below, append(above, name))
	if err != nil {
		return Options{}, err
	}
	built := slices.Clone(base.values)
	merge(&built, m)
	built.Set("url", base.Text("url")+"/"+rest)
	tracked := map[string]bool{}
	noteKeys(tracked, base.values, base.Tracked)
	noteKeys(tracked, m, own.Tracked)
	return Options{built, tracked}, nil
}
