package scan_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
)

// counting counts what is asked of files.
type counting struct {
	artifacts
	lists  *int
	opened map[string]bool
}

func (c counting) List(ctx context.Context, folder string) ([]scan.Entry, error) {
	*c.lists++
	return c.artifacts.List(ctx, folder)
}

func (c counting) Open(ctx context.Context, p string, part blobs.Range) (io.ReadCloser, string, error) {
	c.opened[strings.TrimPrefix(p, "a/")] = true
	return c.artifacts.Open(ctx, p, part)
}

// Of many files the one that changed is read, and those that look for it beside them,
// and the report is the one that reading all of them gives. A folder is listed once,
// however many files it has.
func TestFilesThatStayedAreNotReadAgain(t *testing.T) {
	scanner, err := scan.NewScanner(scan.ScannerConfig{Engine: "tacit test", Now: time.Now, Budget: inspect.DefaultBudget()})
	if err != nil {
		t.Fatal(err)
	}
	const model = "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n"
	steps := []struct {
		name   string
		change map[string]string // "" deletes
		reads  []string          // of those that are not read for the folder as a whole
	}{
		{"one file", map[string]string{"f7.pkl": command}, []string{"f7.pkl"}},
		{"a file that comes", map[string]string{"g.pkl": list}, []string{"g.pkl"}},
		{"a file that goes", map[string]string{"g.pkl": ""}, nil},
		{"a file that another one looks for", map[string]string{"MLmodel": model}, []string{"MLmodel", "requirements.txt"}},
		{"the same bytes as before", map[string]string{"f7.pkl": list}, []string{"f7.pkl"}},
		{"a file that another one looks for, gone", map[string]string{"MLmodel": ""}, []string{"requirements.txt"}},
		{"the signature", map[string]string{"model.sig": "{}"}, []string{"model.sig"}},
	}
	eachRoom(t, func(t *testing.T, r room) {
		lists, files := 0, counting{r.files, new(int), map[string]bool{}}
		files.lists, r.Service.Files = &lists, files
		for i := range 60 {
			r.files[fmt.Sprintf("a/f%d.pkl", i)] = list
		}
		r.files["a/requirements.txt"] = "git+https://127.0.0.1/x.git\n"
		if _, _, err := r.Judge(r.ctx, "a"); err != nil || lists > 2 || len(files.opened) != 61 {
			t.Fatalf("%d listings, %d files opened, %v", lists, len(files.opened), err)
		}
		for _, step := range steps {
			for name, text := range step.change {
				if r.files["a/"+name] = text; text == "" {
					delete(r.files, "a/"+name)
				}
			}
			lists = 0
			clear(files.opened)
			_, report, err := r.Judge(r.ctx, "a")
			if err != nil {
				t.Fatal(err)
			}
			unit := []string{"MLmodel", "requirements.txt"} // are read for the folder as a whole, too
			for _, name := range unit {
				if !slices.Contains(step.reads, name) {
					delete(files.opened, name)
				}
			}
			if got := slices.Sorted(maps.Keys(files.opened)); !slices.Equal(got, step.reads) || lists > 4 {
				t.Errorf("%s: %v are read, want %v; %d listings", step.name, got, step.reads, lists)
			}
			onDisk := fstest.MapFS{}
			for name, text := range r.files {
				onDisk[strings.TrimPrefix(name, "a/")] = &fstest.MapFile{Data: []byte(text)}
			}
			whole, err := scanner.Tree(r.ctx, "a", onDisk)
			if err != nil || !reflect.DeepEqual(report.Artifacts, whole.Artifacts) {
				t.Errorf("%s: %v, the report is another one than that of all files", step.name, err)
			}
		}
		// Other rules read all files.
		if r.settings.Policy.Allow = []scan.Allowed{{Global: "company.models.Churn", Reason: "ours"}}; r.settings.Validate() != nil {
			t.Fatal("the settings do not hold")
		}
		clear(files.opened)
		if _, _, err := r.Judge(r.ctx, "a"); err != nil || len(files.opened) != len(r.files) {
			t.Errorf("other rules read %d of %d files: %v", len(files.opened), len(r.files), err)
		}
	})
}

// A file that is another one only while it is read does not get that one's verdict.
func TestAFileThatChangesBack(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.files["a/model.pkl"] = command
		swapped := &swapping{r.files}
		r.Service.Files = swapped
		if j, _, err := r.Judge(r.ctx, "a"); err == nil {
			t.Errorf("bytes that nobody listed are judged: %+v", j)
		}
		r.Service.Files = r.files
		if j, _, err := r.Judge(r.ctx, "a"); err != nil || j.Verdict != "malicious" {
			t.Errorf("%+v, %v", j, err)
		}
	})
}

// swapping are files that are clean whenever they are opened.
type swapping struct{ artifacts }

// Open opens other bytes than were listed.
func (s *swapping) Open(ctx context.Context, p string, part blobs.Range) (io.ReadCloser, string, error) {
	return artifacts{p: list}.Open(ctx, p, part)
}

// Who asks while a job judges waits for it, and does not read the files beside it.
func TestAGateWaitsForTheJob(t *testing.T) {
	eachRoom(t, func(t *testing.T, r room) {
		r.files["a/model.pkl"] = list
		slow := &overtaken{artifacts: r.files}
		c := r.Config
		c.Files = slow
		slowly, lists := &scan.Service{Config: c}, 0
		asked := make(chan error, 1)
		slow.meanwhile = func() {
			gave, cancel := context.WithTimeout(r.ctx, 20*time.Millisecond)
			defer cancel()
			if _, _, err := slowly.Judge(gave, "a"); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("while the job judges: %v", err)
			}
			slowly.Files = counting{r.files, &lists, map[string]bool{}}
			go func() {
				_, _, err := slowly.Judge(r.ctx, "a")
				asked <- err
			}()
		}
		ctx := caller.With(context.Background(), caller.System(scan.JudgeKind, caller.DefaultWorkspace))
		if err := slowly.WorkJudge(ctx, jobs.Work{Kind: scan.JudgeKind, Workspace: caller.DefaultWorkspace, Args: []byte(`{"root":"a"}`), Attempt: 1}); err != nil {
			t.Fatal(err)
		}
		if err := <-asked; err != nil {
			t.Error(err)
		}
		if all := r.told(t, "scan.artifact.judged"); len(all) != 1 || lists == 0 {
			t.Errorf("%d verdicts", len(all))
		}
	})
}
