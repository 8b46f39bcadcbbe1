package lineage

import (
	"cmp"
	"context"
	"errors"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// form is what the graph is made of and how; it grows where an earlier tacit made
// another of the same log. One of an earlier form is built anew from the log, so that
// it is the graph that a rebuild gives, and names nobody whom the log does not.
const form = 2

const (
	selectForm = `SELECT form FROM lineage_form`

	clearForm = `DELETE FROM lineage_form`

	insertForm = `INSERT INTO lineage_form (form) VALUES ($1)`
)

// errBuilt says that another process has begun to build the graph meanwhile.
var errBuilt = errors.New("lineage: the graph has this form")

// Begin has a graph of another form built anew, beside requests: walks see a part
// meanwhile, and say so. It comes before Run.
func (s *Service) Begin(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "lineage.Begin")
	if same, err := s.sameForm(ctx, s.DB.Read()); same || err != nil {
		return err
	}
	err = s.Events.Rewind(ctx, subscriber, func(tx *rows.Tx) error {
		if same, err := s.sameForm(ctx, tx); err != nil || same {
			return cmp.Or(err, errBuilt)
		}
		return clearGraph(ctx, tx)
	})
	if errors.Is(err, errBuilt) {
		return nil
	}
	return err
}

func (s *Service) sameForm(ctx context.Context, r rows.Reader) (bool, error) {
	has, err := rows.One(ctx, r, rows.Column[int64], selectForm)
	if rows.IsNone(err) {
		return false, nil
	}
	return has == form, err
}

// clearGraph takes out all that was made, for the graph to be built in this form.
func clearGraph(ctx context.Context, tx *rows.Tx) error {
	for _, statement := range []string{clearNames, clearAliases, clearEdges, clearNodes, clearCounters, clearForm} {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, insertForm, int64(form))
	return err
}
