package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan"
	form "github.com/tacit-ml/tacit/internal/govern/scan/report"
)

// TestNoInput: a pipe that brought nothing was not scanned, whatever an empty file is.
func TestNoInput(t *testing.T) {
	t.Parallel()
	_, _, err := standardInput(strings.NewReader(""))
	var got *exit
	if !errors.As(noInput(err), &got) || got.code != ExitNothing {
		t.Errorf("no bytes: %v", err)
	}
	source, closing, err := standardInput(strings.NewReader("."))
	if err != nil || source.Size != 1 {
		t.Fatalf("one byte: %v", err)
	}
	closing()
}

// TestNamedLink: who names a link means what it leads to.
func TestNamedLink(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file, link := filepath.Join(folder, "model.pkl"), filepath.Join(folder, "latest.pkl")
	if err := errors.Join(os.WriteFile(file, []byte("N."), 0o600), os.Symlink(file, link)); err != nil {
		t.Fatal(err)
	}
	source, closing, err := openSource(link, "")
	if err != nil {
		t.Fatal(err)
	}
	defer closing()
	if source.Path != link || source.Size != 2 {
		t.Errorf("%s, %d bytes", source.Path, source.Size)
	}
}

// TestReportsReplaceNoModel: in a folder that is scanned a report takes the place of
// nothing but an earlier one.
func TestReportsReplaceNoModel(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	model, earlier := filepath.Join(folder, "deep", "model.json"), filepath.Join(folder, "report.json")
	var text bytes.Buffer
	err := errors.Join(form.Write(&text, form.JSON, &scan.Report{Summary: scan.Summary{Target: folder}}), os.Mkdir(filepath.Dir(model), 0o700),
		os.WriteFile(model, []byte(`{"learner": {}, "version": [3, 2, 0]}`), 0o600), os.WriteFile(earlier, text.Bytes(), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	for output, kept := range map[string]bool{model: true, earlier: false, filepath.Join(folder, "new.json"): false} {
		var got *exit
		err := scanFile{Paths: []string{folder}, Output: output}.placed()
		if kept != (errors.As(err, &got) && got.code == ExitUsage) {
			t.Errorf("%s: %v", output, err)
		}
	}
}

// TestErrorsDoNotSpeakToTheTerminal: what a file or a server says may stand in errors
// and notices.
func TestErrorsDoNotSpeakToTheTerminal(t *testing.T) {
	t.Parallel()
	const hostile = "m\x1b]0;title\x07\u202egpj.pkl"
	var shown bytes.Buffer
	to := newTerminal(strings.NewReader(""), &bytes.Buffer{}, &shown, &globals{Color: "never"})
	to.fail(fault.WithHint(fault.New(fault.NotFound, "There is no %s.", hostile), "not %s", hostile))
	to.note("%s", hostile)
	if text := shown.String(); strings.ContainsAny(text, "\x1b\x07\u202e") || strings.Count(text, "gpj.pkl") != 3 {
		t.Errorf("%q", text)
	}
	if name := printable("a\nb\u202a"); name != "a\ufffdb\ufffd" {
		t.Errorf("%q", name)
	}
}

// TestStrictCompatIgnoresNothing: what the other program has no option for is refused.
func TestStrictCompatIgnoresNothing(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "good.pkl")
	if err := os.WriteFile(file, []byte("(lp0\nI1\na."), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		command scanFile
		refuses string
	}{
		"fail-on":            {scanFile{Format: form.PickleScan, FailOn: "high"}, "--fail-on is not carried out"},
		"fail-on medium":     {scanFile{Format: form.ModelScan, FailOn: "medium"}, "--fail-on is not carried out"},
		"strict, modelscan":  {scanFile{Format: form.ModelScan, Strict: true}, "--strict is not carried out"},
		"strict, picklescan": {scanFile{Format: form.PickleScan, Strict: true}, ""},
		"neither":            {scanFile{Format: form.ModelScan}, ""},
	} {
		test.command.Paths, test.command.Compat = []string{file}, true
		err := test.command.Run(t.Context(), newTerminal(strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}, &globals{Color: "never"}))
		var got *exit
		switch {
		case test.refuses == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case test.refuses != "" && (!errors.As(err, &got) || got.code != ExitUsage || !strings.Contains(fault.Sentence(got.err), test.refuses)):
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestKeptByAServer: who names what a server keeps, where a file is asked for, is told so.
func TestKeptByAServer(t *testing.T) {
	t.Parallel()
	for _, run := range []func(*terminal) error{
		func(to *terminal) error { return scanWhy{Path: "models:/churn/3"}.Run(t.Context(), to) },
		func(to *terminal) error {
			return scanFix{Path: "models:/churn/3", Output: filepath.Join(t.TempDir(), "a.skops")}.Run(t.Context(), to)
		},
	} {
		err := run(newTerminal(strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}, &globals{Color: "never"}))
		var got *exit
		if !errors.As(err, &got) || got.code != ExitNothing || !strings.Contains(fault.HintOf(got.err), "mlflow artifacts download -u models:/churn/3") {
			t.Errorf("%v", err)
		}
	}
}

// TestAFixThatCannotBeTold: the file and its proof are there although no server could be
// told, and the same line again needs no --force.
func TestAFixThatCannotBeTold(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	output := filepath.Join(folder, "a.skops")
	fix := scanFix{Path: filepath.Join("..", "..", "ml", "sklearn", "testdata", "1.6.1", "linear.pkl"), Output: output, Of: "models:/churn/1", Seed: 1}
	fix.URL = "http://127.0.0.1:1"
	for range 2 {
		var out bytes.Buffer
		err := fix.Run(t.Context(), newTerminal(strings.NewReader(""), &out, &bytes.Buffer{}, &globals{Color: "never"}))
		if err == nil || !strings.Contains(out.String(), "equal bit by bit") || fault.Is(err, fault.Exists) {
			t.Fatalf("%v, and it says %q", err, out.String())
		}
		if _, err := os.Stat(output); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(output, []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := fix.Run(t.Context(), newTerminal(strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}, &globals{Color: "never"}))
	if !fault.Is(errors.Unwrap(err), fault.Exists) && !fault.Is(err, fault.Exists) {
		t.Errorf("another file is replaced: %v", err)
	}
}
