package app

import (
	"context"
	"strings"

	"github.com/tacit-ml/tacit/internal/deploy/registry"
	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
	"github.com/tacit-ml/tacit/internal/foundation/lake/apart"
	"github.com/tacit-ml/tacit/internal/foundation/lake/duckdb"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Bounds of the files that are asked for their rows, in bytes: of one that lies on a
// disk of this machine, and of one that is brought from elsewhere.
const (
	largestTable   = 16 << 30
	largestBrought = 4 << 30
)

// openFiles gives what asks files of rows: a process for each question where a program
// is named, else this one. No table is appended to yet, so that the lake has no
// write-ahead files here, and what lies in its folder is nobody's after a question.
func (h *House) openFiles() (f dataset.Files, err error) {
	f = dataset.Files{Folder: h.folder.Join("lake"), Largest: largestTable, Brought: largestBrought}
	if local, ok := h.Blobs.Store.(interface {
		Local(key string) (path string, ok bool)
	}); ok {
		f.Local = local.Local
	}
	if !duckdb.Linked() {
		return f, nil
	}
	asked, err := apart.Open(apart.Settings{Program: h.Settings.Apart, Folder: f.Folder})
	if err != nil {
		return f, err
	}
	if f.Lake = asked; h.Settings.Apart.Path != "" {
		return f, nil
	}
	engine, err := duckdb.Open(duckdb.Settings{Folder: f.Folder})
	if err != nil {
		return f, err
	}
	f.Lake = lake.New(engine, nil)
	return f, nil
}

// openData opens the room of data versions.
func (h *House) openData(key page.Signer, runs usedRuns) (*dataset.Service, error) {
	files, err := h.openFiles()
	if err != nil {
		return nil, err
	}
	h.examined = append(h.examined, examineLake(files))
	return dataset.New(dataset.Config{
		DB: h.Rows, Events: h.Events, Blobs: h.Blobs, Jobs: h.Jobs, Now: h.now, Random: h.Settings.Random, PageKey: key, Runs: runs, Files: files,
	}), nil
}

// usedData tells develop/dataset what runs used.
type usedData struct{ data **dataset.Service }

// Used notes it.
func (u usedData) Used(ctx context.Context, tx *rows.Tx, run string, d tracking.DatasetInput) ([]urn.URN, error) {
	in := dataset.Input{Run: run, Source: d.Dataset.Source}
	for _, t := range d.Tags {
		switch t.Key {
		case tracking.ContextTag:
			in.Context = t.Value
		case dataset.MD5Tag:
			in.MD5 = t.Value
		}
	}
	return (*u.data).NoteUse(ctx, tx, in)
}

// usedRuns tells develop/dataset of runs, and of what was made of them.
type usedRuns struct {
	runs   *tracking.Service
	models *registry.Service
}

// within is the condition that a run's id is one of some.
func within(ids []string) string {
	quoted := make([]string, 0, len(ids))
	for _, id := range ids {
		if !strings.Contains(id, "'") {
			quoted = append(quoted, "'"+id+"'")
		}
	}
	return "run_id IN (" + strings.Join(quoted, ", ") + ")"
}

// Heads are those that the caller may see.
func (u usedRuns) Heads(ctx context.Context, ids []string) (map[string]dataset.RunHead, error) {
	found, err := u.runs.SearchRuns(ctx, tracking.RunSearch{Everywhere: true, Filter: within(ids), Max: len(ids), Brief: true})
	all := make(map[string]dataset.RunHead, len(found.Runs))
	for _, r := range found.Runs {
		all[r.ID] = dataset.RunHead{Name: r.Name, Experiment: r.Experiment}
	}
	return all, err
}

// mostModels is how many model versions are told of some runs.
const mostModels = 1_000

// Models are those that the caller may see.
func (u usedRuns) Models(ctx context.Context, runs []string) (map[string][]dataset.ModelVersion, error) {
	found, err := u.models.SearchVersions(ctx, registry.VersionSearch{Filter: within(runs), Max: mostModels})
	all := map[string][]dataset.ModelVersion{}
	for _, v := range found.Versions {
		all[v.RunID] = append(all[v.RunID], dataset.ModelVersion{Name: v.Model, Number: v.Number})
	}
	return all, err
}

// examineLake says whether files of rows can be asked, by asking one.
func examineLake(f dataset.Files) func(context.Context) []room.Finding {
	return func(ctx context.Context) []room.Finding {
		if f.Lake == nil {
			return []room.Finding{{Verdict: room.Warn, What: "lake", Text: "this program was built without DuckDB: tables in data versions are not looked into", Remedy: "use a release for Linux, or build with CGO_ENABLED=1"}}
		}
		if err := f.Try(ctx); err != nil {
			return []room.Finding{{Verdict: room.Fail, What: "lake", Text: "files of rows cannot be read: " + fault.Sentence(err), Remedy: fault.HintOf(err)}}
		}
		return []room.Finding{{Verdict: room.OK, What: "lake", Text: "tables in data versions are read by DuckDB, each in a process of its own"}}
	}
}
