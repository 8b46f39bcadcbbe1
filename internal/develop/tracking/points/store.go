package points

import (
	"context"
	"log/slog"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/tracking/curve"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Runs knows the runs of the caller's workspace that points belong to.
type Runs interface {
	// Ended reports whether a run expects no more points. rows.IsNone of its
	// error says that the run is gone.
	Ended(ctx context.Context, r rows.Reader, run string) (bool, error)
	// Hold keeps a run in its workspace until tx ends. rows.IsNone of its error says
	// that the run is not there.
	Hold(ctx context.Context, tx *rows.Tx, run string) error
	// Sealed announces the points that a run has merged, since it began, and
	// the hash over them, inside the transaction that stores the seal.
	Sealed(ctx context.Context, tx *rows.Tx, run string, points int64, hash string) error
}

// Config is what the store is made of.
type Config struct {
	DB      *rows.DB
	Runs    Runs
	IDs     *id.Source
	Now     func() time.Time
	PageKey page.Signer  // seals page tokens; the same on all replicas
	Log     *slog.Logger // for the background loop
}

// Store keeps points.
type Store struct {
	Config
	codec   *curve.Codec
	merging merging
}

// New gives the store over tables that are there.
func New(c Config) *Store { return &Store{c, curve.NewCodec(), newMerging()} }

// guarded runs fn where its statements guard themselves against others that
// write to the same run: inserts that let the first win, upserts that let the
// greater win. Whatever run they write to is held.
func (s *Store) guarded(ctx context.Context, fn func(*rows.Tx) error) error {
	return s.DB.WriteAt(ctx, rows.ReadCommitted, fn)
}

// Move gives all points of the workspace m.From to m.To, whose runs they follow.
func (s *Store) Move(ctx context.Context, tx *rows.Tx, m *room.Move) error {
	for _, statement := range []string{moveLatestDue, moveSegments, moveChunks, moveSeals, moveLatest} {
		if _, err := tx.Exec(ctx, statement, m.From, m.To); err != nil {
			return err
		}
	}
	return nil
}

// Empty removes all points of the caller's workspace, with those of runs that are
// gone.
func (s *Store) Empty(ctx context.Context, tx *rows.Tx) error {
	for _, statement := range []string{emptyLatestDue, emptySegments, emptyChunks, emptySeals, emptyLatest} {
		if _, err := tx.Exec(ctx, statement, caller.Workspace(ctx)); err != nil {
			return err
		}
	}
	return nil
}
