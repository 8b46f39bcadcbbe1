package develop

import (
	"context"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// usedBy is a run that used some data, as far as the reader may see it.
type usedBy struct {
	dataset.Use
	Name     string // of the run
	Versions []versionOf
}

// usesOf are the last runs that used the data of a name, and whether there are more. A
// run that the reader may not see is left out.
func (p *Pages) usesOf(ctx context.Context, reads kit.Reads, id object.ID, most int) (all []usedBy, more bool, err error) {
	found, next, err := p.Data.Uses(ctx, id, dataset.Paging{Limit: most})
	if err != nil {
		return nil, false, err
	}
	for _, u := range found {
		may, err := reads(tracking.RunURN(u.Run))
		if err != nil {
			return nil, false, err
		}
		if !may {
			continue
		}
		one, err := p.usedBy(ctx, u)
		if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Denied) {
			continue
		}
		if err != nil {
			return nil, false, err
		}
		all = append(all, one)
	}
	return all, next != "", nil
}

func (p *Pages) usedBy(ctx context.Context, u dataset.Use) (one usedBy, err error) {
	run, err := p.Tracking.Run(ctx, u.Run)
	if err != nil {
		return one, err
	}
	one = usedBy{Use: u, Name: format.Name(run.Name, run.ID)}
	one.Versions, err = p.versionsOf(ctx, u.Run)
	return one, err
}
