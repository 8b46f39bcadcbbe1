package dvcfile_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson/pyjsontest"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// What dvc makes of a .dvc file is what is made of it here: the same text when
// it is written anew, and the same md5.
func TestStagesAreDvcs(t *testing.T) {
	t.Parallel()
	pyjsontest.Lines(t, "stages.jsonl", func(line int, parts []json.RawMessage) {
		text, fresh := pyjsontest.Text(t, parts[0]), pyjsontest.Text(t, parts[1])
		s, err := dvcfile.ParseStage("a.dvc", []byte(text))
		if err != nil {
			t.Errorf("line %d: %v\n%s", line, err, text)
			return
		}
		same, err := s.Encode()
		if err != nil || string(same) != text {
			t.Errorf("line %d: it is rewritten, %v", line, err)
		}
		again, err := s.Fresh().Encode()
		if err != nil || string(again) != fresh {
			t.Errorf("line %d: %v\n got\n%s\nwant\n%s", line, err, again, fresh)
		}
		// An out alone has no md5 of its stage, whatever dvc computes when asked.
		if want := pyjsontest.Text(t, parts[2]); want != "" {
			if sum, err := s.Sum(); err != nil || sum != want {
				t.Errorf("line %d: sum %s, want %s, %v\n%s", line, sum, want, err, text)
			}
		}
	})
}

func TestRunCacheIsDvcs(t *testing.T) {
	t.Parallel()
	pyjsontest.Lines(t, "runs.jsonl", func(line int, parts []json.RawMessage) {
		text := pyjsontest.Text(t, parts[0])
		l, err := dvcfile.ParseLock("dvc.lock", []byte(text))
		if err != nil {
			t.Fatalf("line %d: %v", line, err)
		}
		fresh, err := l.Fresh().Encode()
		if err != nil || string(fresh) != text {
			t.Errorf("line %d: %v\n got\n%s\nwant\n%s", line, err, fresh, text)
		}
		s := l.Stage("s")
		key, err := s.RunKey()
		if want := pyjsontest.Text(t, parts[1]); err != nil || key != want {
			t.Errorf("line %d: key %s, want %s, %v\n%s", line, key, want, err, text)
		}
		value, err := s.RunValue()
		if want := pyjsontest.Text(t, parts[2]); err != nil || value != want {
			t.Errorf("line %d: value %s, want %s, %v\n%s", line, value, want, err, text)
		}
		body, err := s.EncodeRun()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := dvcfile.ParseRun("run", body); err != nil {
			t.Errorf("line %d: %v", line, err)
		} else if again, err := back.RunValue(); err != nil || again != value {
			t.Errorf("line %d: it comes back as %s, %v", line, again, err)
		}
	})
}

// The two values of dvc's own unit tests.
func TestRunCacheOfItsTests(t *testing.T) {
	t.Parallel()
	const text = `schema: '2.0'
stages:
  files:
    cmd: python script.py
    deps:
    - path: dep
      hash: md5
      md5: %s
    - path: script.py
      hash: md5
      md5: %s
    outs:
    - path: out
      hash: md5
      md5: %s
  params:
    cmd: python script.py
    params:
      myparams.yaml:
        baz: 3
        qux: 4
      params.yaml:
        foo: 1
        bar: 2
    outs:
    - path: out
      hash: md5
      md5: %[3]s
`
	sum := func(s string) string {
		h, _, err := object.Hash(strings.NewReader(s), object.MD5)
		if err != nil {
			t.Fatal(err)
		}
		return hex.EncodeToString(h[:])
	}
	l, err := dvcfile.ParseLock("dvc.lock", fmt.Appendf(nil, text, sum("dep"), sum(`open("out", "w+").write("out"); `), sum("out")))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][2]string{
		"files":  {"c7a85d71de1912c43d9c5b6218c71630d6277e8fc11e4ccf5e12b3c202234838", "5e2824029f8da9ef6c57131a638ceb65f27c02f16c85d71e85671c27daed0501"},
		"params": {"8fdb377d1b4c0a303b788771b122dfba9bbbbc43f14ce41d35715cf4fea08459", "9ce1963a69beb1299800188647cd960b7afff101be19fd46226e32bb8be8ee44"},
	} {
		key, err := l.Stage(name).RunKey()
		value, err2 := l.Stage(name).RunValue()
		if err != nil || err2 != nil || key != want[0] || value != want[1] {
			t.Errorf("%s: %s %s, %v, %v", name, key, value, err, err2)
		}
	}
}

var place = regexp.MustCompile(`^(.*?)(?:, in (.*))?, line \d+, column \d+$`)

// What dvc refuses is refused, in the same words and at the same place.
func TestRefusalsAreDvcs(t *testing.T) {
	t.Parallel()
	pyjsontest.Lines(t, "refusals.jsonl", func(line int, parts []json.RawMessage) {
		text := pyjsontest.Text(t, parts[0])
		var want [][2]string
		if err := json.Unmarshal(parts[2], &want); err != nil {
			t.Fatal(err)
		}
		var err error
		if pyjsontest.Text(t, parts[1]) == "lock" {
			_, err = dvcfile.ParseLock("f", []byte(text))
		} else {
			_, err = dvcfile.ParseStage("f", []byte(text))
		}
		var got [][2]string
		if err != nil {
			_, problems, _ := strings.Cut(err.Error(), "\n\n")
			for p := range strings.SplitSeq(problems, "\n") {
				m := place.FindStringSubmatch(p)
				if m == nil {
					t.Fatalf("line %d: %v", line, err)
				}
				// dvc leaves an out without a path to fail later, by a KeyError.
				if m[1] == "required key not provided" && strings.HasSuffix(m[2], " -> path") && strings.HasPrefix(m[2], "outs") {
					continue
				}
				got = append(got, [2]string{m[1], m[2]})
			}
		}
		slices.SortFunc(got, func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) })
		slices.SortFunc(want, func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) })
		if !slices.Equal(got, want) {
			t.Errorf("line %d:\n got %q\nwant %q\n%s", line, got, want, text)
		}
	})
}

// dvc add of names of all sorts: byte for byte.
func TestAddedAreDvcs(t *testing.T) {
	t.Parallel()
	pyjsontest.Lines(t, "added.jsonl", func(line int, parts []json.RawMessage) {
		raw, err := hex.DecodeString(pyjsontest.Text(t, parts[0]))
		if err != nil {
			t.Fatal(err)
		}
		sum, size, err := object.Hash(strings.NewReader(string(raw)), object.MD5)
		if err != nil {
			t.Fatal(err)
		}
		s := dvcfile.Stage{Outs: []dvcfile.Out{{Entry: dvcfile.Entry{Path: string(raw), Hash: "md5", Data: dvcfile.Data{MD5: object.ID{Sum: sum}.String(), Size: &size}}}}}
		got, err := s.Encode()
		if want := pyjsontest.Text(t, parts[1]); err != nil || string(got) != want {
			t.Errorf("line %d: %v\n got\n%s\nwant\n%s", line, err, got, want)
		}
	})
}

// A file written by hand keeps what it does not need to change.
func TestRewritingKeepsAHandsWork(t *testing.T) {
	t.Parallel()
	const text = `# where it is from
meta: {owner:   "ada"}   # keep
outs:
    -   path: "data"      # the data
        md5: ABCDEF0123456789abcdef0123456789.dir
        hash: md5
        # sizes
        size: 0x10
        nfiles: 2
        desc: >
          long
          words

    # and another
    -   {path: other, md5: d41d8cd98f00b204e9800998ecf8427e, hash: md5}
frozen: false
`
	s, err := dvcfile.ParseStage("data.dvc", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if same, err := s.Encode(); err != nil || string(same) != text {
		t.Fatalf("%v\n%s", err, same)
	}
	size := int64(17)
	s.Outs[0].Size = &size
	s.Outs[0].Remote = "far"
	s.Frozen = true
	got, err := s.Encode()
	want := strings.NewReplacer("0x10", "17", "          words\n", "          words\n        remote: far\n", "frozen: false", "frozen: true").Replace(text)
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
	// What says nothing goes when something else changes, as with dvc.
	windows := strings.ReplaceAll(text, "\n", "\r\n")
	if s, err = dvcfile.ParseStage("data.dvc", []byte(windows)); err != nil {
		t.Fatal(err)
	}
	s.Outs[0].Size = &size
	if got, err = s.Encode(); err != nil || string(got) != strings.NewReplacer("0x10", "17", "frozen: false\r\n", "").Replace(windows) {
		t.Errorf("%v\n%q", err, got)
	}
}

func TestWhatIsRefusedByName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"outs:\n<<<<<<< HEAD\n- path: a\n=======\n- path: b\n>>>>>>> x\n": "possible merge conflicts",
		"outs: [":                           "'x.dvc' is invalid: line",
		"a: &a [*a]":                        "'x.dvc'",
		"outs:\n- path: a\n  path: b\n":     `line 3: found duplicate key "path"`,
		"- a\n":                             "expected a dictionary",
		"outs:\n- path: !!binary aGk=\n":    "the tag",
		"---\nouts: []\n---\nouts: []\n":    "a second document",
		"\xff":                              "not UTF-8",
		"outs:\n- path: 2020-01-01\n":       "expected str, in outs -> 0 -> path, line 2, column 9",
		"outs:\n- path: a\n  md5: ab\n":     "not a valid value, in outs -> 0 -> md5, line 3, column 8",
		"outs:\n- path: a\n  colour: red\n": "extra keys not allowed, in outs -> 0 -> colour, line 3, column 3",
		"outs:\n- md5: 'abc'\n":             "required key not provided, in outs -> 0 -> path",
		strings.Repeat("[", 500):            "'x.dvc' is invalid",
		"a: " + strings.Repeat("{a: ", 300) + strings.Repeat("}", 300): "nested too deep",
	} {
		_, err := dvcfile.ParseStage("x.dvc", []byte(text))
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v", text, err)
		}
	}
	if _, err := dvcfile.ParseLock("dvc.lock", []byte("stages: {}\n")); !fault.Is(err, fault.Invalid) {
		t.Errorf("a lock of DVC 1: %v", err)
	}
}

func TestPlacesOutside(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"outs:\n- path: ../a\n":                                         "",
		"outs:\n- path: ../../a\n":                                      `"../../a" in outs`,
		"outs:\n- path: ../sub/../../a\n":                               `in outs`,
		"outs:\n- path: /etc/passwd\n":                                  `"/etc/passwd" in outs`,
		"outs:\n- path: ../.git/hooks/post-commit\n":                    "tools' own",
		"outs:\n- path: 'a/Git~1/b'\n":                                  "tools' own",
		"outs:\n- path: 'a/.git. /b'\n":                                 "tools' own",
		"outs:\n- path: 'a/.git::$INDEX_ALLOCATION/b'\n":                "tools' own",
		"outs:\n- path: 'a/b.git/.gitkeep'\n":                           "",
		"outs:\n- path: a/.GIT\n":                                       "tools' own",
		"outs:\n- path: config\nwdir: ../.dvc\n":                        "tools' own",
		"outs:\n- path: ../.github/a.dvc\n":                             "",
		"outs:\n- path: a\n  md5: ../../etc/passwd\n":                   "which no object has",
		"outs:\n- path: ..\n":                                           "whole repository",
		"outs:\n- path: ''\n  cache: true\nwdir: ..\n":                  "whole repository",
		"outs:\n- path: /etc/x\n  cache: false\n":                       "",
		"outs:\n- path: s3://b/x\n  cache: false\n":                     "",
		"wdir: ../..\nouts:\n- path: sub/a\n":                           `"../.." in wdir`,
		"outs:\n- path: \"a\\0b\"\n":                                    "NUL",
		"outs:\n- path: a\n  files:\n  - relpath: ../b\n":               `"../b" in files`,
		"outs:\n- path: a\n  files:\n  - relpath: b/.git/config\n":      "tools' own",
		"outs:\n- path: a\n  files:\n  - {relpath: b, md5: nonsense}\n": "which no object has",
	} {
		s, err := dvcfile.ParseStage("sub/x.dvc", []byte(text))
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		err = s.CheckPlaces("sub/x.dvc", "sub")
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzStage(f *testing.F) {
	f.Add([]byte("outs:\n- md5: a3f\n  path: x # y\n  meta: {a: [1, 2e3]}\n"))
	f.Add([]byte("# c\nouts:\n- path: |\n    a\n  desc: 'b\n\n    c'\nfrozen: true\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := dvcfile.ParseStage("f", text)
		if err != nil {
			return
		}
		same, err := s.Encode()
		if err != nil || string(same) != string(text) {
			t.Fatalf("%q is rewritten as %q, %v", text, same, err)
		}
		s.Desc, s.Frozen = s.Desc+" more", !s.Frozen
		changed, err := s.Encode()
		if err != nil {
			return // a name that YAML has no form for
		}
		back, err := dvcfile.ParseStage("f", changed)
		if err != nil || back.Desc != s.Desc || back.Frozen != s.Frozen || len(back.Outs) != len(s.Outs) {
			t.Fatalf("%q becomes %q, %v", text, changed, err)
		}
	})
}

// TestForgettingKeepsOrder: an out of which the first keys go stays where it is, and what
// is new in another map comes behind what was there.
func TestForgettingKeepsOrder(t *testing.T) {
	s, err := dvcfile.ParseStage("d.dvc", []byte("deps:\n- path: d\n  repo:\n    url: u\n    rev_lock: aaa1\nouts:\n- md5: a9008cbd0e570248bc882f716cdf4b0b.dir\n  size: 8\n  nfiles: 2\n  hash: md5 # of DVC 3\n  path: d\n"))
	if err != nil {
		t.Fatal(err)
	}
	s.Deps[0].Repo.Rev, s.Outs[0].Data = "main", dvcfile.Data{}
	got, err := s.Encode()
	want := "deps:\n- path: d\n  repo:\n    url: u\n    rev_lock: aaa1\n    rev: main\nouts:\n- hash: md5 # of DVC 3\n  path: d\n"
	if err != nil || string(got) != want {
		t.Errorf("%v: %s", err, got)
	}
}
