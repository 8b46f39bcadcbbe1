package develop

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// data is the navigation's item of the pages about data.
const data = "/data"

// setsShown is how many data sets, or versions of one, stand on a page.
const setsShown = 50

func (p *Pages) dataRoutes() []route.Route {
	remote := func(r *http.Request, _ any) []route.Object { return route.On(dataset.URN(r.PathValue("remote"))) }
	return []route.Route{
		{Method: "GET", Pattern: "/data", Action: "data.list", Scope: route.Listed, Serve: p.dataSets},
		{Method: "GET", Pattern: "/data/remotes", Action: "data.list", Scope: route.Listed, Serve: p.remotes},
		{Method: "GET", Pattern: "/data/versions/{id}", Action: "data.list", Scope: route.Listed, Serve: p.anyVersion},
		{Method: "GET", Pattern: "/data/in/{remote}", Action: "data.read", Objects: remote, Serve: p.dataSet},
		{Method: "GET", Pattern: "/data/in/{remote}/versions/{id}", Action: "data.read", Objects: remote, Serve: p.dataVersion},
		{Method: "GET", Pattern: "/data/in/{remote}/versions/{id}/file", Action: "data.read", Objects: remote, Serve: p.dataFile, Stream: true},
		{Method: "GET", Pattern: "/data/in/{remote}/difference", Action: "data.read", Objects: remote, Serve: p.difference},
	}
}

// readers tells of remotes whether the caller may read them. Of each it is asked once.
func (p *Pages) readers(ctx context.Context) func(remote string) (bool, error) {
	known := map[string]bool{}
	return func(remote string) (bool, error) {
		if may, ok := known[remote]; ok {
			return may, nil
		}
		err := p.Access.Check(ctx, "data.read", dataset.URN(remote))
		if err != nil && !fault.Is(err, fault.Denied) {
			return false, err
		}
		known[remote] = err == nil
		return err == nil, nil
	}
}

// setAddress is the page of a data set, versionAddress that of a version.
func setAddress(ctx context.Context, remote, path string) string {
	return kit.With(kit.To(ctx, "data", "in", remote), url.Values{"path": {path}})
}

func versionAddress(ctx context.Context, remote string, id object.ID) string {
	return kit.To(ctx, "data", "in", remote, "versions", id.String())
}

// setName is how a data set is called: by its path, or by its remote where nobody told one.
func setName(remote, path string) string {
	if path == "" {
		return remote
	}
	return path
}

type setList struct {
	Rows   []dataset.Set
	Filter kit.Filter
	Pages  kit.Pages
}

func (p *Pages) dataSets(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	q := readList(r)
	list := setList{Filter: q.line("a part of a path or of a remote's name")}
	all, next, err := p.Data.Sets(ctx, q.filter, dataset.Paging{Limit: setsShown, Token: q.after})
	if err != nil {
		return err
	}
	reads := p.readers(ctx)
	for _, s := range all {
		may, err := reads(s.Remote)
		if err != nil {
			return err
		}
		if may {
			list.Rows = append(list.Rows, s)
		}
	}
	list.Pages = q.pages("data sets", len(list.Rows), next)
	return p.Site.Serve(w, r, kit.Page{Title: "Data sets", Here: data}, setsBody(list))
}

// remoteRow is one line of the list of remotes.
type remoteRow struct {
	dataset.Remote
	dataset.Size
	Inspected *dataset.Inspected // nil where nobody told of an inspection
}

// found is what the last inspection of a remote found, in words.
func found(i *dataset.Inspected) string {
	if i.Problems() == 0 {
		return "all of " + format.Count(i.Objects) + " objects there"
	}
	var parts []string
	for _, p := range []struct {
		n    int64
		word string
	}{{i.Lost, "lost"}, {i.Unsent, "not sent"}} {
		if p.n > 0 {
			parts = append(parts, format.Count(p.n)+" "+p.word)
		}
	}
	return strings.Join(parts, ", ") + " of " + format.Count(i.Objects) + " objects"
}

func (p *Pages) remotes(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	all, err := p.Data.Remotes(ctx)
	if err != nil {
		return err
	}
	// From page to page by name: counting what lies in one takes as long as it is large.
	after := r.URL.Query().Get("after")
	all = slices.DeleteFunc(all, func(m dataset.Remote) bool { return m.Name <= after })
	pages, reads := kit.Pages{At: kit.At(r), Noun: "remotes"}, p.readers(ctx)
	var rows []remoteRow
	for i, m := range all {
		may, err := reads(m.Name)
		if err != nil {
			return err
		}
		if !may {
			continue
		}
		size, err := p.Data.SizeOf(ctx, m.Name)
		if err != nil {
			return err
		}
		inspected, err := p.Data.Inspected(ctx, m.Name)
		if err != nil {
			return err
		}
		if rows = append(rows, remoteRow{m, size, inspected}); len(rows) == setsShown && i+1 < len(all) {
			pages.Next = kit.With(kit.To(ctx, "data", "remotes"), url.Values{"after": {m.Name}, "at": {itoa(pages.At + len(rows))}})
			break
		}
	}
	if pages.Shown = len(rows); after != "" {
		pages.First = kit.To(ctx, "data", "remotes")
	}
	crumbs := []kit.Crumb{{Name: "Data sets", Href: kit.To(ctx, "data")}, {Name: "Remotes", Href: kit.To(ctx, "data", "remotes")}}
	return p.Site.Serve(w, r, kit.Page{Title: "Remotes", Here: data, Crumbs: crumbs}, remotesBody(rows, pages))
}

// anyVersion leads to the page of a version, in whichever remote it lies.
func (p *Pages) anyVersion(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	id, err := object.Parse(r.PathValue("id"))
	if err != nil {
		return err
	}
	all, err := p.Data.Find(ctx, id)
	if err != nil {
		return err
	}
	reads := p.readers(ctx)
	for _, v := range all {
		if may, err := reads(v.Remote); err != nil {
			return err
		} else if may {
			http.Redirect(w, r, versionAddress(ctx, v.Remote, id), http.StatusSeeOther)
			return nil
		}
	}
	return fault.WithHint(fault.New(fault.NotFound, "There is no data version %s.", id), "a file that was just pushed alone becomes a version after some minutes")
}

// versionRow is a version in the list of a data set.
type versionRow struct {
	dataset.Version
	Before object.ID // the version before it, on the same page
	Runs   []usedBy
	More   bool // that there are more runs
}

type setView struct {
	Remote, Path string
	Rows         []versionRow
	Sizes        []point
	Pages        kit.Pages
}

// point is a size at a time.
type point struct {
	at    time.Time
	bytes int64
}

const (
	versionsShown = 25
	runsShown     = 3 // of those that used a version
)

func (p *Pages) dataSet(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	q := readList(r, "path")
	v := setView{Remote: r.PathValue("remote"), Path: r.URL.Query().Get("path")}
	all, next, err := p.Data.VersionsOf(ctx, v.Remote, v.Path, dataset.Paging{Limit: versionsShown, Token: q.after})
	if err != nil {
		return err
	}
	for i, one := range all {
		row := versionRow{Version: one}
		if i+1 < len(all) {
			row.Before = all[i+1].ID
		}
		if row.Runs, row.More, err = p.usesOf(ctx, one.ID, runsShown); err != nil {
			return err
		}
		v.Rows = append(v.Rows, row)
		v.Sizes = append(v.Sizes, point{one.Pushed, one.Bytes})
	}
	slices.Reverse(v.Sizes)
	v.Pages = q.pages("versions", len(all), next)
	return p.Site.Serve(w, r, kit.Page{Title: setName(v.Remote, v.Path), Here: data, Crumbs: setCrumbs(ctx, v.Remote, v.Path)}, setBody(v))
}

func setCrumbs(ctx context.Context, remote, path string) []kit.Crumb {
	return []kit.Crumb{{Name: "Data sets", Href: kit.To(ctx, "data")}, {Name: setName(remote, path), Href: setAddress(ctx, remote, path)}}
}
