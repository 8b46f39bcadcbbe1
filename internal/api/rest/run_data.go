package rest

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func (f *face) listRunData(ctx context.Context, in *RunPath) (*output[Page[RunDataBody]], error) {
	all, err := f.Data.DataOf(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	reads := f.readers(ctx)
	for i, d := range all {
		if all[i].Versions, err = readable(d.Versions, reads); err != nil {
			return nil, err
		}
	}
	return pageOf(all, "", runDataBody), nil
}

// readers tells of remotes whether the caller may read them. Of each it is asked once.
func (f *face) readers(ctx context.Context) func(remote string) (bool, error) {
	known := map[string]bool{}
	return func(remote string) (bool, error) {
		if may, ok := known[remote]; ok {
			return may, nil
		}
		err := f.Access.Check(ctx, "data.read", dataset.URN(remote))
		if err != nil && !fault.Is(err, fault.Denied) && !fault.Is(err, fault.NotFound) {
			return false, err
		}
		known[remote] = err == nil
		return err == nil, nil
	}
}

// readable leaves of versions those in remotes that the caller may read: who may see a
// run need not know where else its data are.
func readable(all []dataset.Version, reads func(string) (bool, error)) (some []dataset.Version, err error) {
	for _, v := range all {
		may, err := reads(v.Remote)
		if err != nil {
			return nil, err
		}
		if may {
			some = append(some, v)
		}
	}
	return some, nil
}

// RunDataBody is what a run used.
type RunDataBody struct {
	MD5      string            `json:"md5"`
	Context  string            `json:"context,omitempty" example:"training"`
	By       string            `json:"by" enum:"source,tag" doc:"how it is known: by the address of the run's input, or by its tag tacit.data.md5"`
	Used     time.Time         `json:"used"`
	Versions []DataVersionBody `json:"versions" nullable:"false" doc:"of these bytes, in all remotes that the caller may read"`
}
