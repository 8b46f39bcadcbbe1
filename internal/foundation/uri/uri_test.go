package uri

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// The parts are those that urllib.parse.urlparse of Python 3.11 gives.
func TestParse(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]URI{
		"s3://b/x;p?y=1#f":          {Scheme: "s3", Host: "b", Path: "/x;p", Query: "y=1", Fragment: "f"},
		"HTTP://u@h:80/a/b;p;q?x":   {Scheme: "http", Host: "u@h:80", Path: "/a/b", Params: "p;q", Query: "x"},
		"http://h/a;p/b":            {Scheme: "http", Host: "h", Path: "/a;p/b"},
		"a;b":                       {Path: "a", Params: "b"},
		"mlflow-artifacts:x":        {Scheme: "mlflow-artifacts", Path: "x"},
		"mlflow-artifacts:///1/a?q": {Scheme: "mlflow-artifacts", Path: "/1/a", Query: "q"},
		"mlflow-artifacts://h?q":    {Scheme: "mlflow-artifacts", Host: "h", Query: "q"},
		"/tmp/a:b":                  {Path: "/tmp/a:b"},
		`C:\a`:                      {Scheme: "c", Path: `\a`},
		" \ts3://b/a\nb":            {Scheme: "s3", Host: "b", Path: "/ab"},
		"1a:b":                      {Path: "1a:b"},
		"a#b?c":                     {Path: "a", Fragment: "b?c"},
		"":                          {},
	} {
		if d := cmp.Diff(want, Parse(in)); d != "" {
			t.Errorf("%q: %s", in, d)
		}
	}
}

// The addresses are those of runs that MLflow 3.18.0 made below such roots.
func TestJoin(t *testing.T) {
	t.Parallel()
	for root, want := range map[string]string{
		"s3://b": "s3://b/r/artifacts", "s3://b/": "s3://b/r/artifacts", "s3://b/x/": "s3://b/x/r/artifacts", "s3://b/x?y=1": "s3://b/x/r/artifacts?y=1",
		"mlflow-artifacts:x": "mlflow-artifacts:x/r/artifacts", "mlflow-artifacts:/": "mlflow-artifacts:/r/artifacts",
		"foo:": "foo:r/artifacts", "s3://b?y=1": "s3://b/r/artifacts?y=1", "/tmp/x?y=1": "/tmp/x?y=1/r/artifacts",
	} {
		if got := Join(root, "r/artifacts"); got != want {
			t.Errorf("%s: got %s, want %s", root, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a/b.txt": "a/b.txt", "a//b/": "a/b", "./a": "a", "./": "", "%2e/a": "a", "a/./b": "a/b", "a%20b": "a b", "a%2520b": "a b", "100%": "100%", "50%zz": "50%zz",
		"per%cent.txt": "per%cent.txt", "per%25cent": "per%cent", "a%ffb%20c": "a%ffb c", "caf%C3%A9": "café", "%c3%25a9": "é", "%e2%82": "%e2%82",
		"a..b/..c": "a..b/..c", "ä/ö": "ä/ö", "a:b": "a:b", "": "", ".": "",
		"file:///etc/passwd": "file:/etc/passwd", strings.Repeat("%25", 3) + "41": "%%A",
	} {
		if got, err := Clean(in); got != want || err != nil {
			t.Errorf("Clean(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{
		"c:/x/", "..", "a/../b", "/etc/passwd", "%2e%2e/x", "%252e%252e%252fx", "a/%2E%2e/b",
		`a\b`, "a%5cb", "a#b", "a%23b", "a\x00b", "a%00b", "a%0ab", "%2Fetc", "%ff%2e%2e/../x", "%2e%2e/%ff", "a\xffb",
		"//", "%" + strings.Repeat("25", 12) + "2e",
	} {
		if got, err := Clean(in); !fault.Is(err, fault.Invalid) {
			t.Errorf("Clean(%q) = %q, %v; want a refusal", in, got, err)
		} else if reason, ok := strings.CutPrefix(fault.Sentence(err), "Invalid path: "); !ok || !strings.HasSuffix(reason, ".") || fault.HintOf(err) == "" {
			t.Errorf("Clean(%q) is refused with %q, %q: without a reason or a remedy", in, fault.Sentence(err), fault.HintOf(err))
		}
	}
}

func TestExact(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"a/b": "a/b", "a%2fb": "a/b", "a/b/": "a/b", "a/b%252f": "a/b", "": "", "100%": "100%"} {
		if got, err := Exact(in); got != want || err != nil {
			t.Errorf("Exact(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"a//b", "a%2f/b", "a%2fb%2F%2fc", "a/%252fb", "a//", "./a", "%2e/a", ".", "a/./b", "a/%2e/b", "a/.", "file:///x", "..", "/a"} {
		if got, err := Exact(in); !fault.Is(err, fault.Invalid) || fault.HintOf(err) == "" {
			t.Errorf("Exact(%q) = %q, %v; want a refusal", in, got, err)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"a/b", "%2e%2e/x", "a%252fb", `..\x`, "c:/", "a//./b/", "\x00", "%", "ä"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean, err := Clean(s)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("Clean(%q) fails with %v", s, err)
			}
			return
		}
		if again, err := Clean(clean); err != nil || again != clean {
			t.Fatalf("Clean(%q) = %q, which is %q, %v", s, clean, again, err)
		}
		for segment := range strings.SplitSeq(clean, "/") {
			if segment == ".." || segment == "" && clean != "" || !utf8.ValidString(segment) {
				t.Fatalf("Clean(%q) = %q", s, clean)
			}
		}
	})
}

// What Parse takes apart can be read again: the parts of an address make no
// other address.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"s3://b/x;p?y=1#f", "a;b", "C:\\x", "mlflow-artifacts:/1/%2e%2e", "://", "x:", "#?"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u := Parse(s)
		if strings.ContainsAny(u.Host, "/?#") || strings.ContainsAny(u.Path, "?#") || u.Scheme != strings.ToLower(u.Scheme) {
			t.Fatalf("Parse(%q) = %+v", s, u)
		}
		for _, part := range u.Segments() {
			if Decode(part) != part {
				t.Fatalf("Parse(%q) has the segment %q, which can be decoded again", s, part)
			}
		}
	})
}
