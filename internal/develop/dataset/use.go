package dataset

import (
	"context"
	"math"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// How it is known that a run used some data.
const (
	BySource = "source" // the address that the run gave is the object's
	ByTag    = "tag"    // the run's input names it by a tag
)

// Use is that a run used some data.
type Use struct {
	Run     string // its id
	Context string // in which the run used it, as in "training"; "" where it does not say
	By      string // BySource or ByTag
	Used    time.Time

	RunName, Experiment string         // of a run that the caller may see
	Models              []ModelVersion // made from the run
}

// ModelVersion is a version of a registered model.
type ModelVersion struct {
	Name   string
	Number int64
}

// Uses are the runs that used the data of a name, the last first.
func (s *Service) Uses(ctx context.Context, id object.ID, p Paging) (all []Use, next string, err error) {
	defer fault.Wrap(&err, "dataset.Uses(%s)", id)
	scope := page.Scope("data uses", id.String())
	at, err := s.after(scope, p, int64(math.MaxInt64), "", "")
	if err != nil {
		return nil, "", err
	}
	all, err = rows.Collect(ctx, s.DB.Read(), scanUse, selectUses, caller.Workspace(ctx), id.String(), at[0], at[1], at[2], p.limit()+1)
	if err != nil {
		return nil, "", err
	}
	if len(all) > p.limit() {
		all = all[:p.limit()]
		last := all[len(all)-1]
		next = s.next(scope, last.Used.UnixMicro(), last.Run, last.Context)
	}
	return all, next, nil
}
