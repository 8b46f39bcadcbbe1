package develop

import (
	"context"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// usedBy is a run that used some data, which the reader may see.
type usedBy struct {
	dataset.Use
	Name     string // of the run
	Versions []versionOf
}

// usesOf are the last runs that used the data of a name, and whether there are more.
func (p *Pages) usesOf(ctx context.Context, id object.ID, most int) (all []usedBy, more bool, err error) {
	found, next, err := p.Data.Uses(ctx, id, dataset.Paging{Limit: most})
	if err != nil {
		return nil, false, err
	}
	for _, u := range found {
		one := usedBy{Use: u, Name: format.Name(u.RunName, u.Run)}
		for _, m := range u.Models {
			one.Versions = append(one.Versions, versionOf{m.Name, m.Number})
		}
		all = append(all, one)
	}
	return all, next != "", nil
}

// dataUsed is a version that a run used.
type dataUsed struct {
	ID      object.ID
	Name    string // of the data set; "" where the version is in no remote that may be read
	Remote  string
	Context string
}

// dataOf are the versions that a run used, as far as the reader may see them.
func (p *Pages) dataOf(ctx context.Context, run string) (all []dataUsed, err error) {
	found, err := p.Data.DataOf(ctx, run)
	if err != nil {
		return nil, err
	}
	reads := p.readers(ctx)
	for _, d := range found {
		one := dataUsed{ID: d.ID, Context: d.Context}
		for _, v := range d.Versions {
			may, err := reads(v.Remote)
			if err != nil {
				return nil, err
			}
			if may && one.Remote == "" {
				one.Remote, one.Name = v.Remote, setName(v.Remote, firstPath(v))
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// firstPath is where a repository has a version, "" where nobody told.
func firstPath(v dataset.Version) string {
	if len(v.Places) == 0 {
		return ""
	}
	return v.Places[0].Path
}
