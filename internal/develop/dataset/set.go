package dataset

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Set is a data set: the versions of one remote that repositories have at one path.
// Those whose path nobody told make the set with the path "".
type Set struct {
	Remote, Path string
	Versions     int64
	Newest       Version
}

// Place is where a repository has a version.
type Place struct {
	Path       string
	Commit     string // of git; "" where what was registered is no commit's
	Repository string // the address of git's origin without credentials, "" unknown
	Registered time.Time
	Actor      string // the URN of who registered it
}

// Paging asks for one page of a list.
type Paging struct {
	Limit int    // at most so many; 0 is 100
	Token string // next of the page before, "" for the first
}

const usualPage = 100

func (p Paging) limit() int {
	if p.Limit <= 0 {
		return usualPage
	}
	return p.Limit
}

// mostPlaces is how many places of a version are told, the newest.
const mostPlaces = 20

// Sets are the data sets of the caller's workspace whose remote or path contains a
// text, by remote and path.
func (s *Service) Sets(ctx context.Context, contains string, p Paging) (all []Set, next string, err error) {
	defer fault.Wrap(&err, "dataset.Sets")
	scope := page.Scope("data sets", contains)
	at, err := s.after(scope, p, "", "")
	if err != nil {
		return nil, "", err
	}
	pattern := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(contains)) + "%"
	all, err = rows.Collect(ctx, s.DB.Read(), scanSet, selectSets, caller.Workspace(ctx), at[0], at[1], pattern, p.limit()+1)
	if err != nil {
		return nil, "", err
	}
	if len(all) > p.limit() {
		all = all[:p.limit()]
		last := all[len(all)-1]
		next = s.next(scope, last.Remote, last.Path)
	}
	newest := make([]*Version, len(all))
	for i := range all {
		newest[i] = &all[i].Newest
	}
	return all, next, s.placeAll(ctx, newest)
}

// VersionsOf are the versions of a data set, the newest first; fault.NotFound where
// there is no such set.
func (s *Service) VersionsOf(ctx context.Context, remote, path string, p Paging) (all []Version, next string, err error) {
	defer fault.Wrap(&err, "dataset.VersionsOf(%s, %s)", remote, path)
	scope := page.Scope("data versions", remote, path)
	at, err := s.after(scope, p, int64(math.MaxInt64), int64(0), "")
	if err != nil {
		return nil, "", err
	}
	all, err = rows.Collect(ctx, s.DB.Read(), scanVersion, selectMembers, caller.Workspace(ctx), remote, path, at[0], at[1], at[2], p.limit()+1)
	if err != nil {
		return nil, "", err
	}
	if len(all) == 0 && p.Token == "" {
		return nil, "", fault.New(fault.NotFound, "There is no data set %q in the remote %q.", path, remote)
	}
	if len(all) > p.limit() {
		all = all[:p.limit()]
		last := all[len(all)-1]
		next = s.next(scope, last.Pushed.UnixMicro(), int64(last.Layout), last.ID.String())
	}
	each := make([]*Version, len(all))
	for i := range all {
		each[i] = &all[i]
	}
	return all, next, s.placeAll(ctx, each)
}

// VersionIn is the version of a name in a remote. fault.NotFound.
func (s *Service) VersionIn(ctx context.Context, remote string, id object.ID) (v Version, err error) {
	defer fault.Wrap(&err, "dataset.VersionIn(%s, %s)", remote, id)
	v, err = rows.One(ctx, s.DB.Read(), scanVersion, selectVersion, caller.Workspace(ctx), remote, id.String())
	if rows.IsNone(err) {
		return v, fault.WithHint(fault.New(fault.NotFound, "There is no data version %s in the remote %q.", id, remote),
			"a file that was just pushed alone becomes a version after some minutes, or at once by tacit data register")
	}
	if err != nil {
		return v, err
	}
	return v, s.placeAll(ctx, []*Version{&v})
}

// Find gives all versions of a name in the caller's workspace, by remote.
func (s *Service) Find(ctx context.Context, id object.ID) (all []Version, err error) {
	defer fault.Wrap(&err, "dataset.Find(%s)", id)
	all, err = rows.Collect(ctx, s.DB.Read(), scanVersion, selectEverywhere, caller.Workspace(ctx), id.String())
	if err != nil {
		return nil, err
	}
	each := make([]*Version, len(all))
	for i := range all {
		each[i] = &all[i]
	}
	return all, s.placeAll(ctx, each)
}

// placeAll tells where repositories have versions.
func (s *Service) placeAll(ctx context.Context, all []*Version) error {
	of := map[string][]*Version{} // by remote
	for _, v := range all {
		of[v.Remote] = append(of[v.Remote], v)
	}
	r := s.DB.Read()
	for remote, some := range of {
		names := make([]string, len(some))
		for i, v := range some {
			names[i] = v.ID.String()
		}
		slices.Sort(names)
		places, err := rows.Collect(ctx, r, scanSite, selectSites+rows.Listed[string](r.Dialect(), 4)+newestSites,
			caller.Workspace(ctx), remote, mostPlaces, rows.List(r.Dialect(), slices.Compact(names)))
		if err != nil {
			return err
		}
		for _, v := range some {
			for _, p := range places {
				if p.layout == v.Layout && p.id == v.ID {
					v.Places = append(v.Places, p.Place)
				}
			}
		}
	}
	return nil
}

// after is where a page begins: at the position of its token, or else at first.
func (s *Service) after(scope string, p Paging, first ...any) ([]any, error) {
	keys, err := page.Open(s.PageKey, scope, p.Token)
	if err != nil {
		return nil, err
	}
	for i, k := range keys {
		if i < len(first) {
			first[i] = k.Value
		}
	}
	return first, nil
}

// next is the token of the page behind a position.
func (s *Service) next(scope string, at ...any) string {
	keys := make([]filter.Key, len(at))
	for i, value := range at {
		keys[i].Value = value
	}
	return page.Seal(s.PageKey, scope, keys)
}
