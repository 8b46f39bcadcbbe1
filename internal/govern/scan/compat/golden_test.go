package compat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/govern/scan/compat"
)

// golden is what golden.py wrote of one file.
type golden struct {
	Name      string
	Data      []byte
	ModelScan struct {
		Exit      int
		Unhandled string
		Issues    []map[string]string
		Errors    []map[string]string
		Scanned   []string
		Skipped   []map[string]string
	}
	PickleScan struct {
		Exit  int
		Lines []string
	}
}

func goldens(t *testing.T) (all []golden) {
	t.Helper()
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func held(b []byte) compat.File { return compat.File{Bytes: bytes.NewReader(b), Size: int64(len(b))} }

func TestModelScanAnswers(t *testing.T) {
	t.Parallel()
	for _, g := range goldens(t) {
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			m := compat.ModelScanFile(context.Background(), "FOLDER/"+g.Name, held(g.Data), compat.DefaultModelScan())
			var issues, errors, skipped []map[string]string
			for _, i := range m.Issues {
				issues = append(issues, map[string]string{"description": fmt.Sprintf("Use of unsafe operator '%s' from module '%s'", i.Operator, i.Module),
					"operator": i.Operator, "module": i.Module, "source": relative(i.Source), "scanner": i.Scanner, "severity": i.Severity})
			}
			for _, e := range m.Errors {
				errors = append(errors, map[string]string{"category": e.Category, "description": e.Description, "source": relative(e.Source)})
			}
			for _, s := range m.Skipped {
				skipped = append(skipped, map[string]string{"category": s.Category, "description": s.Description, "source": relative(s.Source)})
			}
			var scanned []string
			for _, s := range m.Scanned {
				scanned = append(scanned, relative(s))
			}
			if m.Unhandled != "" {
				issues, errors, scanned, skipped = nil, nil, nil, nil
			}
			order(issues)
			order(errors)
			order(g.ModelScan.Issues)
			order(g.ModelScan.Errors)
			for _, d := range []string{
				cmp.Diff(g.ModelScan.Exit, m.ExitCode()), cmp.Diff(g.ModelScan.Unhandled, m.Unhandled), diff(g.ModelScan.Issues, issues), diff(g.ModelScan.Errors, errors),
				diff(g.ModelScan.Scanned, scanned), diff(g.ModelScan.Skipped, skipped),
			} {
				if d != "" {
					t.Errorf("theirs -, ours +:\n%s", d)
				}
			}
		})
	}
}

func relative(source string) string { return strings.TrimPrefix(source, "FOLDER/") }

func order(maps []map[string]string) {
	slices.SortFunc(maps, func(a, b map[string]string) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}

func diff[T any](want, got []T) string {
	if len(want)+len(got) == 0 {
		return ""
	}
	return cmp.Diff(want, got)
}

func TestPickleScanAnswers(t *testing.T) {
	t.Parallel()
	for _, g := range goldens(t) {
		t.Run(g.Name, func(t *testing.T) {
			t.Parallel()
			p := compat.PickleScanFile(context.Background(), "FOLDER/"+g.Name, held(g.Data), compat.PickleScanOptions{})
			var lines []string
			for _, l := range p.Lines {
				lines = append(lines, l.Text)
			}
			if p.Unhandled != "" {
				lines = append(lines, "Unhandled exception", p.Unhandled)
			} else {
				lines = append(lines, "----------- SCAN SUMMARY -----------", fmt.Sprint("Scanned files: ", p.Scanned), fmt.Sprint("Infected files: ", p.Infected),
					fmt.Sprint("Suspicious globals: ", p.Suspicious), fmt.Sprint("Dangerous globals: ", p.Dangerous))
				if len(p.Globals) > 0 {
					lines = append(lines, "All globals found:")
				}
				for _, global := range p.Globals {
					lines = append(lines, fmt.Sprintf("  * %s.%s - %s", global.Module, global.Name, global.Safety))
				}
			}
			slices.Sort(lines)
			slices.Sort(g.PickleScan.Lines)
			if d := cmp.Diff(g.PickleScan.Lines, lines); d != "" {
				t.Errorf("theirs -, ours +:\n%s", d)
			}
			if p.ExitCode() != g.PickleScan.Exit {
				t.Errorf("exit code %d, theirs is %d", p.ExitCode(), g.PickleScan.Exit)
			}
		})
	}
}

// FuzzAnswers holds that no bytes stop the program.
func FuzzAnswers(f *testing.F) {
	for _, name := range []string{"a.pkl", "a.pt", "a.npy", "a.zip"} {
		f.Add(name, []byte("\x80\x04\x8c\x05posix\x8c\x06system\x93."))
		f.Add(name, []byte("PK\x03\x04PK\x05\x06"))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		m := compat.ModelScanFile(context.Background(), "/"+name, held(data), compat.DefaultModelScan())
		p := compat.PickleScanFile(context.Background(), "/"+name, held(data), compat.PickleScanOptions{Strict: true})
		if m.ExitCode() < 0 || m.ExitCode() > 3 || p.ExitCode() < 0 || p.ExitCode() > 2 {
			t.Error("no exit code of theirs")
		}
	})
}

// TestFolders: the files of a folder come before those of the folders in it, as
// os.walk and rglob have them.
func TestFolders(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write := func(name, data string) {
		t.Helper()
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a/evil.pkl", "cposix\nsystem\n.")
	write("b/good.bin", "N.")
	write("b/text.txt", "text")
	write("b/cut.pkl", "cposix\n")
	for link, to := range map[string]string{"to a file.pkl": "a/evil.pkl", "to a folder": "a", "to nothing.pkl": "none"} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Skip(err)
		}
	}
	m := compat.ModelScanTree(context.Background(), "/r", compat.Folder(root), compat.DefaultModelScan())
	if want := []string{"/r/to a file.pkl", "/r/a/evil.pkl"}; m.ExitCode() != 2 || !slices.Equal(m.Scanned, want) || len(m.Issues) != 2 || len(m.Errors) != 1 || len(m.Skipped) != 2 {
		t.Errorf("%+v", m)
	}
	without := compat.PickleScanOptions{Exclude: []*regexp.Regexp{regexp.MustCompile("nothing")}, ExcludeDir: []*regexp.Regexp{regexp.MustCompile("/b$")}}
	p := compat.PickleScanTree(context.Background(), "/r", compat.Folder(root), without)
	if p.ExitCode() != 1 || p.Scanned != 2 || p.Infected != 2 || p.Lines[1].Text != "/r/a/evil.pkl: dangerous import 'posix system' FOUND" {
		t.Errorf("%+v", p)
	}
	if p := compat.PickleScanTree(context.Background(), "/r", compat.Folder(root), compat.PickleScanOptions{}); p.ExitCode() != 2 || !strings.HasPrefix(p.Unhandled, "OSError: ") {
		t.Errorf("a link to nothing did not stop it: %+v", p)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	const stream = "\x80\x02cos\nsystem\n\x8c\x01aG?\xf0\x00\x00\x00\x00\x00\x00C\x01\xff\xff"
	err := compat.List(strings.NewReader(stream), int64(len(stream)), func(at int64, name, argument string) error {
		fmt.Fprintln(&b, at, name, argument)
		return nil
	})
	if want := "0 PROTO 2\n2 GLOBAL 'os system'\n13 SHORT_BINUNICODE 'a'\n16 BINFLOAT 1.0\n25 SHORT_BINBYTES b'\\xff'\n"; b.String() != want || err == nil {
		t.Errorf("%v\n%s", err, b.String())
	}
}
