package develop

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"path"
	"strconv"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/develop/tracking/loggedmodel"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

// madeBy are logged models by id, each with the run that made it.
type madeBy map[string]string

// Model finds one.
func (m madeBy) Model(_ context.Context, id string) (loggedmodel.Model, error) {
	run, ok := m[id]
	if !ok {
		return loggedmodel.Model{}, fault.New(fault.NotFound, "There is no model %q.", id)
	}
	return loggedmodel.Model{ID: id, SourceRun: run, ArtifactURI: "mlflow-artifacts:/0/models/" + id}, nil
}

// all may be read.
func all(urn.URN) (bool, error) { return true, nil }

// TestModelFilesOfARun opens files below a run only where the run has to do
// with their model.
func TestModelFilesOfARun(t *testing.T) {
	t.Parallel()
	p := &Pages{Models: madeBy{"m-output": "other", "m-input": "other", "m-source": "here", "m-foreign": "other"}}
	v := runView{reads: all, Run: tracking.Run{
		ID: "here", ArtifactURI: "mlflow-artifacts:/0/here/artifacts",
		Inputs: tracking.Inputs{Models: []string{"m-input"}}, Outputs: []tracking.ModelOutput{{ModelID: "m-output"}, {ModelID: "m-deleted"}},
	}}
	for model, want := range map[string]string{
		"": "mlflow-artifacts:/0/here/artifacts", "m-output": "mlflow-artifacts:/0/models/m-output", "m-input": "mlflow-artifacts:/0/models/m-input",
		"m-source": "mlflow-artifacts:/0/models/m-source", "m-foreign": "", "m-deleted": "", "m-nowhere": "",
	} {
		got, err := p.rootOf(context.Background(), v, model)
		if got != want || (want == "") != fault.Is(err, fault.NotFound) {
			t.Errorf("model %q: %q, %v; want %q", model, got, err, want)
		}
	}
}

// shelf is a folder of numbered files.
type shelf int

// Page gives the files behind one.
func (s shelf) Page(_ context.Context, _, after string, limit int) (all []artifact.Entry, next string, err error) {
	for i := range int(s) {
		name := fmt.Sprintf("%04d.txt", i)
		if name <= after {
			continue
		}
		if len(all) == limit {
			return all, path.Base(all[limit-1].Path), nil
		}
		all = append(all, artifact.Entry{Path: "0/here/artifacts/" + name, Size: 1})
	}
	return all, "", nil
}

// Open is not asked.
func (shelf) Open(context.Context, string, blobs.Range) (io.ReadCloser, blobs.Info, error) {
	return nil, blobs.Info{}, fault.New(fault.NotFound, "There is none.")
}

// A folder of many files comes page by page, each once, and a file is shown
// beside the page that it was chosen on.
func TestFoldersArePaged(t *testing.T) {
	t.Parallel()
	const files = 2*filesShown + 50
	p := &Pages{Artifacts: shelf(files)}
	v := runView{reads: all, Run: tracking.Run{ID: "here", ArtifactURI: "mlflow-artifacts:/0/here/artifacts"}}
	seen := map[string]bool{}
	f := filesView{}
	for page := 1; ; page++ {
		if err := p.look(t.Context(), v, v.Run.ArtifactURI, &f); err != nil {
			t.Fatal(err)
		}
		for _, r := range f.Rows {
			seen[r.Name] = true
		}
		if !f.paged() || f.Size != 0 || (f.Pages.First != "") != (page > 1) {
			t.Errorf("page %d: %+v, size %d", page, f.Pages, f.Size)
		}
		if f.Pages.Next == "" {
			break
		}
		q, err := url.Parse(f.Pages.Next)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := strconv.Atoi(q.Query().Get("at"))
		f = filesView{After: q.Query().Get("after"), Pages: kit.Pages{At: at}}
		if at != page*filesShown {
			t.Errorf("page %d begins at %d", page+1, at)
		}
	}
	if len(seen) != files {
		t.Errorf("%d files on all pages, want %d", len(seen), files)
	}
	if link := f.beside(t.Context(), v, f.Rows[0]); !strings.Contains(link, "after=0399.txt") || !strings.Contains(link, "at=400") {
		t.Errorf("a file of the last page leads to %s", link)
	}
	brief, err := p.brief(t.Context(), v)
	if err != nil || len(brief.Rows) != filesBrief || brief.told() != "the first 8" {
		t.Errorf("in brief: %d files, %q, %v", len(brief.Rows), brief.told(), err)
	}
}
