package compat_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
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
