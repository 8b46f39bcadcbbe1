package dataset

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
	"github.com/tacit-ml/tacit/internal/foundation/page"
)

// compareTime bounds a comparison that somebody waits for.
const compareTime = time.Minute

// RowChanges compares the rows of two files of a remote: by the columns that name a row,
// or without any as they are. Of the rows that differ it gives a page. fault.Invalid for
// a file that is no table, fault.Limit for what takes too long.
func (s *Service) RowChanges(ctx context.Context, remote string, a, b object.ID, key []string, p Paging) (d lake.Difference, next string, err error) {
	defer fault.Wrap(&err, "dataset.RowChanges(%s, %s, %s)", remote, a, b)
	scope := page.Scope(append([]string{"data rows", remote, a.String(), b.String()}, key...)...)
	at, err := s.after(scope, p, int64(0))
	if err != nil {
		return d, "", err
	}
	if s.Files.Lake == nil {
		return d, "", noLake()
	}
	after := int(at[0].(int64))
	c := lake.Comparison{Key: key, Examples: p.limit(), After: after, Limits: lake.Limits{Time: compareTime}}
	names := map[string]string{}
	err = s.withTable(ctx, remote, a, names, func(source lake.Source) error {
		c.A = source
		return s.withTable(ctx, remote, b, names, func(source lake.Source) (err error) {
			c.B = source
			d, err = s.Files.Lake.Compare(ctx, c)
			return renamed(err, names)
		})
	})
	if err == nil && len(d.Examples) == p.limit() {
		next = s.next(scope, int64(after+len(d.Examples)))
	}
	return d, next, err
}

// withTable does something with a file of rows, and notes by which name it is known.
func (s *Service) withTable(ctx context.Context, remote string, id object.ID, names map[string]string, do func(lake.Source) error) error {
	h, layout, err := s.anyLayout(ctx, remote, id)
	if err != nil {
		return err
	}
	known, err := s.profiled(ctx, layout, id)
	if err != nil {
		return err
	}
	return s.withFile(ctx, h, func(path string) error {
		source := lake.Source{Path: path}
		if names[path] = id.String(); known.State == ProfileReady {
			source.Format = known.Profile.Format
			if source.Format == lake.CSV { // which takes two passes to find out
				source = known.Profile.Source(path)
			}
			return do(source)
		}
		name, err := s.nameOf(ctx, remote, id)
		if err != nil {
			return err
		}
		source, ok := lake.TableAt(path, name)
		if !ok {
			return fault.New(fault.Invalid, "The file %s is no table.", id)
		}
		return do(source)
	})
}
