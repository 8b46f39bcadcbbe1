package lake

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Store is the lake: files and tables, asked through one engine.
type Store struct {
	engine Engine
	tables *Tables
}

// New gives a store over an engine and, where there are any, tables; it closes
// both.
func New(engine Engine, tables *Tables) *Store { return &Store{engine, tables} }

// Tables are the tables, nil where there are none.
func (s *Store) Tables() *Tables { return s.tables }

// Dialect is the engine's.
func (s *Store) Dialect() Dialect { return s.engine.Dialect() }

// Query answers one SELECT over its sources. Who has the name of a table's
// workspace may read it: that is for the caller to know.
func (s *Store) Query(ctx context.Context, q Query) (_ Rows, err error) {
	defer fault.Wrap(&err, "lake.Query")
	var gives []func()
	give := func() {
		for _, g := range gives {
			g()
		}
	}
	sources := make(map[string]Source, len(q.Sources))
	for name, source := range q.Sources {
		resolved, release, err := s.resolve(ctx, source)
		if err != nil {
			give()
			return nil, err
		}
		sources[name], gives = resolved, append(gives, release)
	}
	q.Sources = sources
	rows, err := s.engine.Query(ctx, q)
	if err != nil {
		give()
		return nil, err
	}
	return &held{Rows: rows, give: give}, nil
}

// held are rows whose files stay until they are closed.
type held struct {
	Rows
	give func()
	once sync.Once
}

func (h *held) Close() error {
	err := h.Rows.Close()
	h.once.Do(h.give)
	return err
}

// resolve finds the files of a table; a file is its own.
func (s *Store) resolve(ctx context.Context, source Source) (Source, func(), error) {
	if source.Table == nil || len(source.Files) > 0 {
		return source, func() {}, nil
	}
	if s.tables == nil {
		return source, nil, fault.New(fault.Unsupported, "There are no tables here.")
	}
	if err := source.checkDays(); err != nil {
		return source, nil, err
	}
	return s.tables.resolve(ctx, source)
}

// Describe gives the columns, types and number of rows of a source.
func (s *Store) Describe(ctx context.Context, source Source, l Limits) (Description, error) {
	resolved, release, err := s.resolve(ctx, source)
	if err != nil {
		return Description{}, err
	}
	defer release()
	return s.engine.Describe(ctx, resolved, l)
}

// Profile says of each column of a source what its values are like.
func (s *Store) Profile(ctx context.Context, source Source, l Limits) (Profile, error) {
	source, release, err := s.resolve(ctx, source)
	if err != nil {
		return Profile{}, err
	}
	defer release()
	d, err := s.engine.Describe(ctx, source, l)
	if err != nil {
		return Profile{}, err
	}
	return profile(ctx, s, known(source, d), d, l)
}

// Portrait is what a person sees of a file at once.
type Portrait struct {
	Profile
	Head [][]*string // the first rows, by Columns; nil is no value
}

// Portrait profiles a source and shows its first rows.
func (s *Store) Portrait(ctx context.Context, source Source, rows int, l Limits) (p Portrait, err error) {
	source, release, err := s.resolve(ctx, source)
	if err != nil {
		return p, err
	}
	defer release()
	d, err := s.engine.Describe(ctx, source, l)
	if err != nil {
		return p, err
	}
	source = known(source, d)
	if p.Profile, err = profile(ctx, s, source, d, l); err != nil || len(d.Columns) == 0 {
		return p, err
	}
	b, err := All(s.Query(ctx, Query{SQL: fmt.Sprintf("SELECT * FROM s LIMIT %d", rows), Sources: map[string]Source{"s": source}, Limits: l}))
	if err != nil {
		return p, err
	}
	for r := range b.Rows {
		row := texts(b, r, 0, len(b.Vectors))
		for _, t := range row {
			if t != nil && len(*t) > shownBytes {
				*t = strings.ToValidUTF8((*t)[:shownBytes], "") + "…"
			}
		}
		p.Head = append(p.Head, row)
	}
	return p, nil
}

// Compare says which rows of two sources differ.
func (s *Store) Compare(ctx context.Context, c Comparison) (Difference, error) {
	var in [2]Description
	for i, source := range []*Source{&c.A, &c.B} {
		resolved, release, err := s.resolve(ctx, *source)
		if err != nil {
			return Difference{}, err
		}
		defer release()
		if in[i], err = s.told(ctx, resolved, c.Limits); err != nil {
			return Difference{}, err
		}
		*source = known(resolved, in[i])
	}
	return compare(ctx, s, c, in[0], in[1])
}

// told is a source's description, of which what the source says is taken from it.
func (s *Store) told(ctx context.Context, source Source, l Limits) (Description, error) {
	if source.Layout == nil || len(source.Columns) == 0 {
		return s.engine.Describe(ctx, source, l)
	}
	d := Description{Format: source.Format, Layout: source.Layout, Packing: source.Layout.Packing, Columns: source.Columns}
	rows, err := All(s.engine.Query(ctx, Query{SQL: "SELECT count(*) FROM s", Sources: map[string]Source{"s": source}, Limits: l}))
	if err != nil {
		return d, err
	}
	d.Rows, err = rows.Vectors[0].Count(0)
	return d, err
}

// known is a source that need not be described again.
func known(s Source, d Description) Source {
	if s.Table != nil {
		return s
	}
	return d.Source(s.Path)
}

// Close ends the tables, then the engine.
func (s *Store) Close() error {
	var err error
	if s.tables != nil {
		err = s.tables.Close()
	}
	return errors.Join(err, s.engine.Close())
}
