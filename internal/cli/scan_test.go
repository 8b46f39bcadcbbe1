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
