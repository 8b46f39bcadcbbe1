package comparison

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
)

// ask asks the source of an import what its data are, unless these lie in the cache.
func (s *side) ask(ctx context.Context, p *placed) (err error) {
	if err := s.load(ctx, p); err != nil || p.listing != nil || p.files != nil {
		return err
	}
	p.files, p.folder, err = s.sources(ctx, p.imported)
	slices.SortFunc(p.files, comparePaths)
	return err
}

// below are the files that a source has at a place, or in the part of it that is looked at.
func (p *placed) below() (all []Entry) {
	for _, f := range p.files {
		if repository.Within(f, p.sub) {
			all = append(all, Entry{Path: p.Path + "/" + f, Layout: p.Layout, Nameless: true})
		}
	}
	return all
}

// named are the outs of a side whose hash somebody knows.
func (s *side) named() *side {
	s.outs = slices.DeleteFunc(s.outs, func(p *placed) bool { return p.Nameless })
	return s
}

// withoutRoot are the entries of an out but for itself where it is a folder.
func withoutRoot(all []Entry, p *placed) []Entry {
	if len(all) > 0 && p.sub == "" && p.ID.Dir {
		return all[1:]
	}
	return all
}
