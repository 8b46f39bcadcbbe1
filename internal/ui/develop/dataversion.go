package develop

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/ui/kit"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// usesShown is how many runs stand on the page of a version.
const usesShown = 20

// dataView is the page of a version.
type dataView struct {
	dataset.Version
	Name    string // of the data set that it is in, "" where nobody told its path
	Path    string // that is looked at, "" for the version itself
	Folder  string // whose files are listed
	Steps   []kit.Crumb
	Rows    []fileRow
	Files   map[string]int64 // of folders, by name
	After   string
	Pages   kit.Pages
	Preview *preview
	Columns *columnsView
	Uses    []usedBy
	MoreUse bool
}

// paged says that the folder has more than this page.
func (v dataView) paged() bool { return v.Pages.First != "" || v.Pages.Next != "" }

// fileName is how a file of the version is called: a version that is a file, by the path
// that a repository has it at.
func (v dataView) fileName() string {
	if v.ID.Dir {
		return v.Path
	}
	if v.Name != "" {
		return v.Name
	}
	return v.ID.String()
}

// asked reads the address of a version.
func asked(r *http.Request) (remote string, id object.ID, err error) {
	id, err = object.Parse(r.PathValue("id"))
	return r.PathValue("remote"), id, err
}

func (p *Pages) dataVersion(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	remote, id, err := asked(r)
	if err != nil {
		return err
	}
	v := dataView{Path: strings.Trim(r.URL.Query().Get("path"), "/"), After: r.URL.Query().Get("after"), Pages: kit.Pages{At: kit.At(r), Noun: "entries"}}
	if v.Version, err = p.Data.VersionIn(ctx, remote, id); err != nil {
		return err
	}
	v.Name = firstPath(v.Version)
	if err := p.lookInto(ctx, &v); err != nil {
		return err
	}
	if v.Uses, v.MoreUse, err = p.usesOf(ctx, id, usesShown); err != nil {
		return err
	}
	crumbs := append(setCrumbs(ctx, remote, v.Name), kit.Crumb{Name: format.First(id.String(), 8), Href: versionAddress(ctx, remote, id)})
	return p.Site.Serve(w, r, kit.Page{Title: setName(remote, v.Name) + " " + format.First(id.String(), 8), Here: data, Crumbs: crumbs}, versionBody(v))
}

// lookInto fills what the path that is looked at shows: a folder's files, and of a file
// its beginning and its columns.
func (p *Pages) lookInto(ctx context.Context, v *dataView) error {
	entry, err := p.Data.EntryAt(ctx, v.Remote, v.ID, v.Path)
	if err != nil {
		return err
	}
	v.Folder = v.Path
	if !entry.Folder {
		if v.Folder = path.Dir(v.Path); v.Folder == "." {
			v.Folder = ""
		}
		if err := p.readFile(ctx, v, entry); err != nil {
			return err
		}
	}
	if !v.ID.Dir {
		return nil
	}
	v.Steps = v.steps(ctx)
	entries, next, err := p.Data.Entries(ctx, v.Remote, v.ID, v.Folder, dataset.Paging{Limit: filesShown, Token: v.After})
	if err != nil {
		return err
	}
	v.fill(ctx, entries, next)
	return nil
}

// readFile reads the beginning of a file, and what is known of its columns.
func (p *Pages) readFile(ctx context.Context, v *dataView, entry dataset.Entry) error {
	of, err := p.Data.ObjectIn(ctx, v.Remote, entry.ID)
	if err != nil {
		return err
	}
	known, err := p.Data.ProfileOf(ctx, v.Remote, entry.ID)
	if err != nil {
		return err
	}
	v.Columns = profiledColumns(known)
	if known.State == dataset.ProfileReady && len(known.Head) > 0 {
		v.Preview = headOf(known, v.fileName(), of.Size)
		return nil
	}
	content := of.Content(ctx)
	v.Preview, err = previewOf(content, of.Size, v.fileName())
	return errors.Join(err, content.Close())
}

// fill takes the entries of the folder, behind which the page after them begins at next.
func (v *dataView) fill(ctx context.Context, entries []dataset.Entry, next string) {
	v.Files = map[string]int64{}
	for _, e := range entries {
		row := fileRow{Name: e.Name, Path: path.Join(v.Folder, e.Name), Folder: e.Folder, Size: e.Bytes, Icon: kit.IconFile}
		if e.Folder {
			row.Icon, v.Files[e.Name] = kit.IconFolder, e.Files
		}
		v.Rows = append(v.Rows, row)
	}
	v.Pages.Shown = len(entries)
	if v.After != "" {
		v.Pages.First = v.address(ctx, v.Folder, "", 0)
	}
	if next != "" {
		v.Pages.Next = v.address(ctx, v.Folder, next, v.Pages.At+len(entries))
	}
}

// address is the page of a path of the version, from a page of its folder on.
func (v dataView) address(ctx context.Context, p, after string, at int) string {
	q := url.Values{"path": {p}, "after": {after}}
	if after != "" {
		q.Set("at", itoa(at))
	}
	return kit.With(versionAddress(ctx, v.Remote, v.ID), q)
}

// beside is the page of a file with the page of its folder that is looked at.
func (v dataView) beside(ctx context.Context, r fileRow) string {
	if r.Folder {
		return v.address(ctx, r.Path, "", 0)
	}
	return v.address(ctx, r.Path, v.After, v.Pages.At)
}

// raw is the file itself.
func (v dataView) raw(ctx context.Context, p string, save bool) string {
	q := url.Values{"path": {p}}
	if save {
		q.Set("save", "1")
	}
	return kit.With(kit.To(ctx, "data", "in", v.Remote, "versions", v.ID.String(), "file"), q)
}

// steps are the folders on the way to where the reader looks.
func (v dataView) steps(ctx context.Context) []kit.Crumb {
	all := []kit.Crumb{{Name: "files", Href: v.address(ctx, "", "", 0)}}
	if v.Path == "" {
		return all
	}
	parts := strings.Split(v.Path, "/")
	for i, name := range parts {
		all = append(all, kit.Crumb{Name: name, Href: v.address(ctx, strings.Join(parts[:i+1], "/"), "", 0)})
	}
	return all
}

// dataFile gives a file of a version as it is, by the rules of file.
func (p *Pages) dataFile(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	remote, id, err := asked(r)
	if err != nil {
		return err
	}
	v := dataView{Path: strings.Trim(r.URL.Query().Get("path"), "/")}
	if v.Version, err = p.Data.VersionIn(ctx, remote, id); err != nil {
		return err
	}
	v.Name = firstPath(v.Version)
	entry, err := p.Data.EntryAt(ctx, remote, id, v.Path)
	if err != nil {
		return err
	}
	if entry.Folder {
		return fault.New(fault.Invalid, "Name a file.")
	}
	of, err := p.Data.ObjectIn(ctx, remote, entry.ID)
	if err != nil {
		return err
	}
	content := of.Content(ctx)
	defer func() { _ = content.Close() }()
	if err := content.Open(); err != nil {
		return err
	}
	inert(w.Header(), v.fileName(), of.Size, r.URL.Query().Get("save") != "")
	_, err = io.Copy(w, content)
	return err
}

func itoa(n int) string { return strconv.Itoa(n) }
