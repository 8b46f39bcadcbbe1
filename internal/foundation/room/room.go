// Package room is the shape that every room shows to the house: what the
// composition root, the migrations, the documentation and the tests need to
// know of it.
//
// A room is one package under internal/<wing>/ with doc.go, <noun>.go,
// service.go, rows.go, migrations/, events.go and tests.
package room

import (
	"io/fs"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/event"
)

// Description is one room as data.
type Description struct {
	Name       string       // "tracking": prefix of its tables and first word of its verbs
	Wing       string       // "develop"
	Migrations fs.FS        // holds sqlite/NNNN_name.sql and postgres/NNNN_name.sql; nil for a room without tables
	Events     []event.Kind // all that the room announces
	// Settings gives a pointer to the defaults of the room's section of
	// tacit.yaml, a struct with yaml tags; nil for a room without settings.
	Settings func() any
	Parts    []Part // sub-packages with records of their own
}

// Part is a sub-package of a room that keeps records: it has migrations of its
// own, and announces in the room's name.
type Part struct {
	Name       string // "tracking_logged_model": prefix of its tables
	Migrations fs.FS
	Events     []event.Kind
}

// With adds parts to a room.
func (d Description) With(parts ...Part) Description {
	for _, p := range parts {
		d.Parts = append(d.Parts, p)
		d.Events = append(slices.Clone(d.Events), p.Events...)
	}
	return d
}

// The verdicts of a finding.
const (
	OK   = "ok"
	Warn = "warn"
	Fail = "fail"
)

// Finding is what a room finds when it looks at itself, for tacit doctor.
type Finding struct {
	Verdict string // OK, Warn or Fail
	What    string // the room's name
	Text    string
	Remedy  string // "" for none
}
