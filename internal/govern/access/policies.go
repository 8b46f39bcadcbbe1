package access

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// TellPolicies announces in the caller's name that the policies beside the shipped
// ones are others than those that were told of last, by whatever process. Before any
// was told of there are none.
func (s *Service) TellPolicies(ctx context.Context) (err error) {
	defer fault.Wrap(&err, "access.TellPolicies")
	last, err := s.Events.List(ctx, event.Query{Verb: policiesVerb, Everywhere: true, Limit: 1})
	if err != nil {
		return err
	}
	texts := []string{}
	if added := s.added(); added != nil {
		for _, p := range added.Policies {
			texts = append(texts, p.ID, p.Text)
		}
	}
	before := event.Hash([]string{})
	if len(last) > 0 {
		before = last[0].After
	}
	e := policiesChanged(before, event.Hash(texts), len(texts)/2)
	if e.After == before {
		return nil
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error { return s.Events.Append(ctx, tx, e) })
}
