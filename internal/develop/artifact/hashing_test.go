package artifact

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// waiting are the jobs that were asked for, of those with one Unique the first.
type waiting map[string]jobs.Job

// Enqueue keeps a job.
func (w waiting) Enqueue(_ context.Context, _ *rows.Tx, job jobs.Job) (int64, error) {
	w[job.Unique] = job
	return int64(len(w)), nil
}

// TestReadBack: of a file that came in parts the hash is told afterwards, of the bytes
// that are there then; of one that is gone nothing is.
func TestReadBack(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		r, asked := open(t, db), waiting{}
		r.Jobs = asked
		for _, name := range []string{"kept", "replaced", "gone"} {
			upload, err := r.CreateUpload(r.ctx, name)
			if err != nil {
				t.Fatal(err)
			}
			part, err := r.PutPart(r.ctx, name, upload, 1, strings.NewReader("parts"), 5)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.CompleteUpload(r.ctx, name, upload, []blobs.Part{part}); err != nil {
				t.Fatal(err)
			}
		}
		r.put(t, "replaced", "whole")
		if err := r.Delete(r.ctx, "gone"); err != nil {
			t.Fatal(err)
		}
		if len(asked) != 3 {
			t.Errorf("asked for are %v", asked)
		}
		for _, job := range asked {
			ctx := caller.With(t.Context(), caller.System(job.Kind, job.Workspace))
			if err := r.WorkHash(ctx, jobs.Work{Kind: job.Kind, Workspace: job.Workspace, Args: job.Args, Progress: func(context.Context, int64, int64, string) error { return nil }}); err != nil {
				t.Error(err)
			}
		}
		events, err := r.log.List(r.ctx, event.Query{Workspace: "default", Verb: "artifact.file.hashed"})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, e := range events {
			got[e.Subject.String()] = fmt.Sprintf("%s", e.Data)
		}
		want := map[string]string{}
		for name, text := range map[string]string{"kept": "parts", "replaced": "whole"} {
			want["tacit:artifact/"+name] = fmt.Sprintf(`{"size":5,"sha256":"%x"}`, sha256.Sum256([]byte(text)))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
