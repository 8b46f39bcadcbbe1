package dvcconfig_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson/pyjsontest"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func load(text string) (*dvcconfig.Config, error) {
	return dvcconfig.Load("/home/ada", dvcconfig.Source{Level: dvcconfig.Repo, Path: "/repo/.dvc/config", Content: []byte(text)})
}

// What dvc reads is read, and what it refuses is refused, in the same words.
func TestConfigsAreDvcs(t *testing.T) {
	t.Parallel()
	good, bad := 0, 0
	pyjsontest.Lines(t, "configs.jsonl", func(line int, parts []json.RawMessage) {
		text, problem, data := pyjsontest.Text(t, parts[0]), pyjsontest.Text(t, parts[1]), pyjsontest.Text(t, parts[2])
		c, err := load(text)
		if problem != "" {
			bad++
		} else {
			good++
		}
		if got := fault.Sentence(err); (err == nil) != (problem == "") || err != nil && got != problem {
			t.Errorf("line %d:\n got %s\nwant %s\n%s", line, got, problem, text)
		}
		if data == "null" || c == nil {
			return
		}
		said := pyjson.Map{}
		for _, kind := range []string{"remote", "machine", "db", "core", "cache", "state", "index", "feature", "plots", "exp", "parsing", "hydra", "studio", "nope"} {
			if m := c.Section(kind).Values(); len(m) > 0 {
				said.Set(kind, m)
			}
		}
		got, err := pyjson.Marshal(said)
		if err != nil || string(got) != data {
			t.Errorf("line %d: %v\n got %s\nwant %s\n%s", line, err, got, data, text)
		}
	})
	if good == 0 || bad == 0 {
		t.Errorf("%d good and %d bad prove little", good, bad)
	}
}

// Changes of a file that dvc wrote give what its commands write, byte for byte.
func TestEditsAreDvcs(t *testing.T) {
	t.Parallel()
	pyjsontest.Lines(t, "config-edits.jsonl", func(line int, parts []json.RawMessage) {
		var steps []struct {
			op   [5]string
			text string
		}
		var raw [][2]json.RawMessage
		if err := json.Unmarshal(parts[0], &raw); err != nil {
			t.Fatal(err)
		}
		for _, r := range raw {
			var op [5]string
			if err := json.Unmarshal(r[0], &op); err != nil {
				t.Fatal(err)
			}
			steps = append(steps, struct {
				op   [5]string
				text string
			}{op, pyjsontest.Text(t, r[1])})
		}
		f, err := dvcconfig.Parse(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range steps {
			section := dvcconfig.Section{Kind: s.op[1], Name: s.op[2]}
			before := string(f.Text())
			switch s.op[0] {
			case "set":
				value := s.op[4]
				if dvcconfig.TakesPath(section, s.op[3]) {
					value = dvcconfig.Relative("/repo/.dvc", "/repo", value)
				}
				f, err = f.Set(section, s.op[3], value)
			case "unset":
				f, err = f.Unset(section, s.op[3])
			case "remove":
				f, err = f.RemoveSection(section)
			case "rename":
				f, err = f.Rename(section, s.op[4])
			}
			if err != nil || string(f.Text()) != s.text {
				t.Errorf("line %d: %q of\n%s\n%v\n got\n%s\nwant\n%s", line, s.op, before, err, f.Text(), s.text)
				return
			}
		}
	})
}

// What a hand wrote stays, but for the lines that change.
func TestAHandsWorkStays(t *testing.T) {
	t.Parallel()
	const text = "# ours\n[core]\n  Remote=one   # the default\n\n\n# the first\n[remote \"one\"]\n\turl =  s3://b/p # bucket\n\n[cache]\n    type = \"reflink,copy\"\n# end\n"
	f, err := dvcconfig.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	change := func(next *dvcconfig.File, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		f = next
	}
	one := dvcconfig.Section{Kind: "remote", Name: "one"}
	change(f.Set(one, "url", "s3://b/q"))
	change(f.Set(one, "jobs", "4"))
	change(f.Set(dvcconfig.Section{Kind: "core"}, "remote", "two"))
	change(f.Unset(dvcconfig.Section{Kind: "cache"}, "type"))
	change(f.Rename(one, "two"))
	change(f.Set(dvcconfig.Section{Kind: "exp"}, "auto_push", "true"))
	want := strings.NewReplacer("=one", "=two", "s3://b/p # bucket", "s3://b/q # bucket\n\tjobs = 4", `[remote "one"]`, `['remote "two"']`, "    type = \"reflink,copy\"\n", "").Replace(text) + "[exp]\n    auto_push = true\n"
	if string(f.Text()) != want {
		t.Errorf("got\n%s\nwant\n%s", f.Text(), want)
	}
	change(f.RemoveSection(dvcconfig.Section{Kind: "remote", Name: "two"}))
	if got := string(f.Text()); strings.Contains(got, "two\"") || !strings.Contains(got, "# the first\n\n[cache]") {
		t.Errorf("got\n%s", got)
	}
	if _, err := f.Unset(one, "url"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if _, err := f.Set(one, "url", "'''\"\"\""); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

func TestLevelsAndRemotes(t *testing.T) {
	t.Parallel()
	c, err := dvcconfig.Load("/home/ada",
		dvcconfig.Source{Level: dvcconfig.Local, Path: "/repo/.dvc/config.local", Content: []byte("['remote \"base\"']\n    password = p\n[cache]\n    type = hardlink,copy\n")},
		dvcconfig.Source{Level: dvcconfig.Global, Path: "/home/ada/.config/dvc/config", Content: []byte("[core]\n    remote = OTHER\n    autostage = TRUE\n[cache]\n    dir = c\n")},
		dvcconfig.Source{Level: dvcconfig.Repo, Path: "/repo/.dvc/config", Content: []byte("[core]\n    remote = Sub\n['remote \"base\"']\n    url = http://h/p\n    read_timeout = 5\n['remote \"sub\"']\n    url = remote://base/deep/er\n    jobs = 2\n['remote \"a\"']\n    url = remote://b/x\n['remote \"b\"']\n    url = remote://a/x\n['remote \"dir\"']\n    url = ../store\n")},
	)
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Remote(c.DefaultRemote())
	if err != nil || r.Text("url") != "http://h/p/deep/er" || r.Text("password") != "p" || r.Number("jobs", 1) != 2 || r.Number("read_timeout", 60) != 5 || r.Flag("verify", true) != true {
		t.Errorf("%v, %v", r, err)
	}
	cache := c.Section("cache")
	if got := strings.Join(cache.Links("type"), " "); got != "hardlink copy" || cache.Text("dir") != "/home/ada/.config/dvc/c" || !c.Section("core").Flag("autostage", false) {
		t.Errorf("%v", cache)
	}
	if d, err := c.Remote("DIR"); err != nil || d.Text("url") != "/repo/store" {
		t.Errorf("%v, %v", d, err)
	}
	if _, err := c.Remote("a"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a circle: %v", err)
	}
	if _, err := c.Remote("none"); !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), "remote 'none' doesn't exist") {
		t.Errorf("none: %v", err)
	}
	if _, err := load("[core]\n    tacit_url = x\n"); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "extra keys not allowed @ data['core']['tacit_url']") {
		t.Errorf("an own key: %v", err)
	}
	for text, want := range map[string]string{"['remote \"a\"']\n url = s3://%(region)s/x\n region = eu": "s3://eu/x", "['remote \"a\"']\n url = 50%": "/repo/.dvc/50%"} {
		c, err := load(text)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := c.Remote("a"); err != nil || r.Text("url") != want {
			t.Errorf("%q: %v, %v", text, r, err)
		}
	}
	for _, text := range []string{"['remote \"a\"']\n url = %(none)s", "['remote \"a\"']\n url = %(url)s"} {
		if _, err := load(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("[core]\n    remote = x # y\n['remote \"x\"']\n    url = \"a,b\", c\n k = '''m\nn'''\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := dvcconfig.Parse([]byte(text))
		if err != nil {
			return
		}
		next, err := file.Set(dvcconfig.Section{Kind: "core"}, "remote", "it's")
		if err != nil {
			return
		}
		if got := next.Get(dvcconfig.Section{Kind: "core"}, "remote"); got != any("it's") {
			t.Errorf("%q becomes %q, which says %v", text, next.Text(), got)
		}
	})
}

// Of an option the strongest level that says it counts, and so does where it is taken over
// from: one that git keeps stays known as that.
func TestTracked(t *testing.T) {
	t.Parallel()
	text := func(lines ...string) []byte { return []byte(strings.Join(lines, "\n") + "\n") }
	c, err := dvcconfig.Load("/home/ada",
		dvcconfig.Source{Level: dvcconfig.Local, Path: "/repo/.dvc/config.local", Content: text("['remote \"a\"']", "user = ada", "password = p")},
		dvcconfig.Source{Level: dvcconfig.Local, Path: "/repo/.dvc/imported", Content: text("['remote \"a\"']", "token = t"), Tracked: true},
		dvcconfig.Source{Level: dvcconfig.Global, Path: "/home/ada/config", Content: text("['remote \"A\"']", "key_path = k", "timeout = 3")},
		dvcconfig.Source{Level: dvcconfig.Repo, Path: "/repo/.dvc/config", Content: text("['remote \"a\"']", "url = webdav://h/p", "user = eve", "timeout = 4", "['remote \"b\"']", "url = remote://a/below", "password = q")})
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, o dvcconfig.Options, err error, want map[string]bool) {
		t.Helper()
		for key, tracked := range want {
			if err != nil || o.Text(key) == "" || o.Tracked(key) != tracked {
				t.Errorf("%s, %s: %q, %v, %v", what, key, o.Text(key), o.Tracked(key), err)
			}
		}
	}
	a, err := c.Remote("a")
	check("a", a, err, map[string]bool{"url": true, "user": false, "password": false, "token": true, "key_path": false, "timeout": true})
	b, err := c.Remote("b")
	check("b", b, err, map[string]bool{"user": false, "password": true, "token": true, "timeout": true})
	for _, tracked := range []bool{false, true} {
		over, err := c.At("remote://b/x", dvcconfig.Over{Options: pyjson.Map{{Key: "user", Value: "x"}}, Tracked: tracked})
		check("over", over, err, map[string]bool{"user": tracked, "password": true, "key_path": false})
	}
}
