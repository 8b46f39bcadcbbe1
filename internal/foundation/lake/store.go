package lake

import (
	"context"
	"errors"
)

// Table names a table of Append.
type Table struct{ Workspace, Name string }

// Store is the lake: files and tables, asked through one engine.
type Store struct {
	engine Engine
}

// New gives a store over an engine, which it closes.
func New(engine Engine) *Store { return &Store{engine: engine} }

// Dialect is the engine's.
func (s *Store) Dialect() Dialect { return s.engine.Dialect() }

// Query answers one SELECT over its sources.
func (s *Store) Query(ctx context.Context, q Query) (Rows, error) { return s.engine.Query(ctx, q) }

// Describe gives the columns, types and number of rows of a source.
func (s *Store) Describe(ctx context.Context, source Source, l Limits) (Description, error) {
	return s.engine.Describe(ctx, source, l)
}

// Profile says of each column of a source what its values are like.
func (s *Store) Profile(ctx context.Context, source Source, l Limits) (Profile, error) {
	d, err := s.Describe(ctx, source, l)
	if err != nil {
		return Profile{}, err
	}
	return profile(ctx, s, known(source, d), d, l)
}

// Compare says which rows of two sources differ.
func (s *Store) Compare(ctx context.Context, c Comparison) (Difference, error) {
	a, err := s.Describe(ctx, c.A, c.Limits)
	if err != nil {
		return Difference{}, err
	}
	b, err := s.Describe(ctx, c.B, c.Limits)
	if err != nil {
		return Difference{}, err
	}
	c.A, c.B = known(c.A, a), known(c.B, b)
	return compare(ctx, s, c, a, b)
}

// known is a source that need not be described again.
func known(s Source, d Description) Source {
	if s.Table != nil {
		return s
	}
	return d.Source(s.Path)
}

// Close ends the engine.
func (s *Store) Close() error { return errors.Join(s.engine.Close()) }
