package ignore_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/ignore"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson/pyjsontest"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// merged is the set that counts in a directory: the files of those above it, and
// its own where the set so far does not ignore it.
func merged(t *testing.T, s *ignore.Set, name string, files map[string]string, dir string) *ignore.Set {
	t.Helper()
	for _, d := range slices.Sorted(maps.Keys(files)) {
		if d != "" && d != dir && !strings.HasPrefix(dir, d+"/") {
			continue
		}
		file := name
		if d != "" {
			file = d + "/" + name
		}
		if ignored, _ := s.Match(file, false); ignored {
			continue
		}
		next, err := s.With(d, file, []byte(files[d]))
		if err != nil {
			t.Fatal(err)
		}
		s = next
	}
	return s
}

func parent(p string) string {
	if i := strings.LastIndexByte(p, '/'); i >= 0 {
		return p[:i]
	}
	return ""
}

func TestDvcsIgnored(t *testing.T) {
	t.Parallel()
	asked, hits := 0, 0
	pyjsontest.Lines(t, "ignored.jsonl", func(line int, parts []json.RawMessage) {
		var files map[string]string
		if err := json.Unmarshal(parts[0], &files); err != nil {
			t.Fatal(err)
		}
		var rows [][]json.RawMessage
		if json.Unmarshal(parts[1], &rows) != nil {
			return // dvc refuses a pattern
		}
		for _, row := range rows {
			path := pyjsontest.Text(t, row[0])
			var want []string
			if err := json.Unmarshal(row[3], &want); err != nil {
				t.Fatal(err)
			}
			s := merged(t, ignore.Defaults(), ".dvcignore", files, parent(path))
			ignored, by := s.Match(path, string(row[1]) == "true")
			var got []string
			for _, b := range by {
				got = append(got, b.String())
			}
			asked++
			if ignored {
				hits++
			}
			// Below a directory of its own, dvc tells of patterns as it rewrote them.
			if ignored != (string(row[2]) == "true") || !slices.Equal(got, want) {
				t.Errorf("line %d: %q: %v by %q, want %s by %q of %q", line, path, ignored, got, row[2], want, files)
			}
			if above, _ := s.Match(parent(path), true); !above && path != "" && s.Entry(path, string(row[1]) == "true") != ignored {
				t.Errorf("line %d: a walk sees %q otherwise", line, path)
			}
		}
	})
	if hits < asked/20 || hits > asked*19/20 {
		t.Errorf("%d of %d are ignored", hits, asked)
	}
}

func TestGitsIgnored(t *testing.T) {
	t.Parallel()
	pyjsontest.Lines(t, "ignored.jsonl", func(line int, parts []json.RawMessage) {
		var files map[string]string
		if err := json.Unmarshal(parts[0], &files); err != nil {
			t.Fatal(err)
		}
		var rows [][]json.RawMessage
		if err := json.Unmarshal(parts[2], &rows); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			path, file, pattern := pyjsontest.Text(t, row[0]), pyjsontest.Text(t, row[2]), pyjsontest.Text(t, row[4])
			s := gitSet(t, files, path)
			ignored, by := s.Match(path, string(row[1]) == "true")
			want := file != "" && !strings.HasPrefix(pattern, "!")
			if ignored != want {
				t.Errorf("line %d: %q: %v by %v, want %v by %s %s of %q", line, path, ignored, by, want, file, pattern, files)
			}
			if ignored && by[len(by)-1].Pattern != pattern {
				t.Errorf("line %d: %q: by %v, want %s", line, path, by, pattern)
			}
		}
	})
}

// gitSet has the files of all directories above the path: git reads each, but
// for those in what is ignored, of which it needs none.
func gitSet(t *testing.T, files map[string]string, path string) *ignore.Set {
	t.Helper()
	s := ignore.ForGit()
	for _, d := range slices.Sorted(maps.Keys(files)) {
		if d == "" || strings.HasPrefix(path, d+"/") {
			next, err := s.With(d, strings.TrimPrefix(d+"/.gitignore", "/"), []byte(files[d]))
			if err != nil {
				t.Fatal(err)
			}
			s = next
		}
	}
	return s
}

func TestEscapedNamesMatchThemselves(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "#a", "!a", "a b ", "[x]", "a*b?", `back\slash`, "é", "new\nline", "cr\r", " lead", "  "} {
		check := func(s *ignore.Set, base string) {
			set, err := s.With(base, ".gitignore", []byte("/"+ignore.Escape(name)+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			path := strings.TrimPrefix(base+"/"+name, "/")
			if ignored, _ := set.Match(path, false); !ignored {
				t.Errorf("%q: %q does not match it", name, ignore.Escape(name))
			}
			if ignored, _ := set.Match(path+"x", false); ignored {
				t.Errorf("%q: %q matches more", name, ignore.Escape(name))
			}
		}
		check(ignore.ForGit(), "d")
		if !strings.HasSuffix(name, " ") { // DVC has no form for it
			check(ignore.Defaults(), "")
		}
	}
	if got := ignore.Escape(`\[]!*#? a`); got != `\\\[\]\!\*\#\? a` {
		t.Errorf("dvc escapes otherwise: %s", got)
	}
}

func TestRefusedPattern(t *testing.T) {
	t.Parallel()
	_, err := ignore.Defaults().With("", ".dvcignore", []byte("a\n\nb\\\n"))
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), `.dvcignore:3: "b\\"`) {
		t.Error(err)
	}
	if _, err := ignore.Defaults().With("", ".dvcignore", []byte("\xff\n")); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

func BenchmarkEntry(b *testing.B) {
	s, err := ignore.Defaults().With("", ".dvcignore", []byte("*.tmp\n/build/\nnode_modules\n!keep.tmp\nlogs/**/*.log\n"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if s.Entry("data/images/part-17/file-0012345.jpeg", false) {
			b.Fatal("it is ignored")
		}
	}
}

func FuzzPatterns(f *testing.F) {
	f.Add("*.a\n!/b/**/[!c]\\d?/\n", "b/x/e")
	f.Fuzz(func(t *testing.T, text, path string) {
		for _, s := range []*ignore.Set{ignore.Defaults(), ignore.ForGit()} {
			if set, err := s.With("", "f", []byte(text)); err == nil {
				set.Match(path, false)
				set.Entry(path, true)
			}
		}
	})
}
