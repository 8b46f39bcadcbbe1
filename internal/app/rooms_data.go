package app

import (
	"context"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
	"github.com/tacit-ml/tacit/internal/foundation/lake/apart"
	"github.com/tacit-ml/tacit/internal/foundation/lake/duckdb"
	"github.com/tacit-ml/tacit/internal/foundation/room"
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
	if f.Lake = asked; len(h.Settings.Apart) > 0 {
		return f, nil
	}
	engine, err := duckdb.Open(duckdb.Settings{Folder: f.Folder})
	if err != nil {
		return f, err
	}
	f.Lake = lake.New(engine, nil)
	return f, nil
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
