package backup

import (
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Format is the newest format of archives that this program writes and reads.
const Format = 1

// Names of entries in an archive.
const (
	headName = "tacit-backup.json"
	tailName = "manifest.json"
	rowsName = "rows/"
	blobName = "blobs/"
)

// Bounds of an archive, which may come from anywhere. Sizes in bytes.
const (
	maxDocument = 8 << 20  // head and manifest
	chunk       = 4 << 20  // records are gathered until a file of an archive is so large
	maxRecord   = 64 << 20 // one record as JSON
	maxFile     = chunk + maxRecord
)

// head is the first entry.
type head struct {
	Format  int       `json:"format"`
	Version string    `json:"version"` // of the tacit that wrote it
	Time    time.Time `json:"time"`
	Engine  string    `json:"engine"` // sqlite or postgres
	Schemas []schema  `json:"schemas"`
	Tables  []layout  `json:"tables"`
	Blobs   bool      `json:"blobs"`
	LeftOut []LeftOut `json:"left_out"`
}

// schema is where one schema stood.
type schema struct {
	Name    string `json:"name"`
	Version int64  `json:"version"`
}

// layout is a table's columns, in the order of the records' keys.
type layout struct {
	Name    string   `json:"name"`
	Columns []column `json:"columns"`
}

// LeftOut is something that an archive does not hold.
type LeftOut struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// tail is the last entry.
type tail struct {
	Tables map[string]sum `json:"tables"`
	Blobs  sum            `json:"blobs"`
}

// sum is what was written of one table, or of all blobs. The digest of blobs
// goes over one line a blob: its key, size and digest.
type sum struct {
	Count  int64  `json:"count"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Summary tells what an archive holds.
type Summary struct {
	Format  int       `json:"format"`
	Version string    `json:"version"`
	Time    time.Time `json:"time"`
	Engine  string    `json:"engine"`
	Tables  int       `json:"tables"`
	Records int64     `json:"records"`
	Blobs   int64     `json:"blobs"`
	Bytes   int64     `json:"bytes"` // of blobs
	Gone    int64     `json:"gone"`  // blobs deleted while the archive was written
	LeftOut []LeftOut `json:"left_out"`
}

func summary(h head, t tail) Summary {
	s := Summary{
		Format: h.Format, Version: h.Version, Time: h.Time, Engine: h.Engine, Tables: len(h.Tables),
		Blobs: t.Blobs.Count, Bytes: t.Blobs.Bytes, LeftOut: h.LeftOut,
	}
	for _, table := range t.Tables {
		s.Records += table.Count
	}
	return s
}

func leftOut(schemas []rows.Schema, noBlobs bool) []LeftOut {
	all := []LeftOut{
		{"master key", "whoever finds the archive shall not open the secrets in it"},
	}
	for _, s := range schemas {
		for _, l := range s.LeftOut {
			all = append(all, LeftOut{l.What, l.Why})
		}
	}
	if noBlobs {
		all = append(all, LeftOut{"blobs", "asked for"})
	}
	return all
}

// damaged is the error for an archive that is none, or not whole.
func damaged(format string, args ...any) error {
	return fault.WithHint(fault.New(fault.Invalid, "The archive is no backup of tacit, or it is damaged: "+format+".", args...),
		"nothing was restored; try another backup")
}
