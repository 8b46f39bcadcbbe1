package develop

import (
	"context"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/artifact"
	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/ui/kit"
)

const (
	filesShown = 200 // of a folder on one page
	filesBrief = 8   // on a run's first tab
)

// fileRow is one entry of a folder.
type fileRow struct {
	Name   string
	Path   string // below the root
	Folder bool
	Size   int64
	Icon   kit.Icon
}

type filesView struct {
	Roots     []kit.Tab // the run's own files and those of the models it logged
	Model     string    // id of the logged model that is looked at, "" for the run itself
	Path      string    // below the root, "" for the root
	Steps     []kit.Crumb
	Rows      []fileRow
	Size      int64     // of all files of the folder, 0 where they are on more than one page
	After     string    // the place that the page begins behind
	Pages     kit.Pages // of the folder
	Preview   *preview  // of a file
	Elsewhere string    // the address of artifacts that do not lie here
	Closed    bool      // the reader may not read them, whether there are any or none
}

// rootOf is the address of the files of a run, or of a model that it logged or
// used. fault.NotFound for any other model: who may read the run may not read
// that one for it.
func (p *Pages) rootOf(ctx context.Context, v runView, model string) (string, error) {
	if model == "" {
		return v.Run.ArtifactURI, nil
	}
	m, err := p.Models.Model(ctx, model)
	if err != nil {
		return "", err
	}
	logged := slices.ContainsFunc(v.Run.Outputs, func(o tracking.ModelOutput) bool { return o.ModelID == model })
	if !logged && m.SourceRun != v.Run.ID && !slices.Contains(v.Run.Inputs.Models, model) {
		return "", fault.New(fault.NotFound, "The run %s neither logged nor used the model %q.", v.Run.ID, model)
	}
	return m.ArtifactURI, nil
}

func (p *Pages) artifacts(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	v, err := p.view(ctx, r.PathValue("id"), "artifacts")
	if err != nil {
		return err
	}
	q := r.URL.Query()
	f := filesView{Model: q.Get("model"), Path: strings.Trim(q.Get("path"), "/"), After: q.Get("after"), Pages: kit.Pages{At: kit.At(r), Noun: "entries"}}
	root, err := p.rootOf(ctx, v, f.Model)
	if err != nil {
		return err
	}
	if f.Roots, err = p.rootTabs(ctx, v, f.Model); err != nil {
		return err
	}
	if _, here := artifact.Folder(root); !here {
		f.Elsewhere = root
	} else if err := p.look(ctx, v, root, &f); err != nil {
		return err
	}
	return p.serveRun(w, r, v, kitBody{content: filesTab(v, f)})
}

// look fills what a folder holds, or what a file shows beside its folder.
func (p *Pages) look(ctx context.Context, v runView, root string, f *filesView) error {
	f.Steps = steps(ctx, v, *f)
	entries, next, err := p.list(ctx, root, f.Path, f.After, filesShown)
	if err != nil {
		return err
	}
	folder := f.Path
	if len(entries) == 0 && f.Path != "" {
		at, err := artifact.Below(root, f.Path)
		if err != nil {
			return err
		}
		if f.Preview, err = p.preview(ctx, at, f.Path); err != nil {
			return err
		}
		folder = strings.Trim(path.Dir("/"+f.Path), "/")
		if entries, next, err = p.list(ctx, root, folder, f.After, filesShown); err != nil {
			return err
		}
	}
	f.fill(ctx, v, folder, entries, next)
	return nil
}

// fill takes the entries of a folder, behind which the page after them begins
// at next.
func (f *filesView) fill(ctx context.Context, v runView, folder string, entries []artifact.Entry, next string) {
	for _, e := range entries {
		f.Rows = append(f.Rows, fileRowOf(e, folder))
		f.Size += e.Size
	}
	f.Pages.Shown = len(entries)
	address := func(after string, at int) string {
		q := url.Values{"model": {f.Model}, "path": {folder}, "after": {after}}
		if at > 0 {
			q.Set("at", strconv.Itoa(at))
		}
		return kit.With(kit.To(ctx, "runs", v.Run.ID, "artifacts"), q)
	}
	if f.After != "" {
		f.Pages.First, f.Size = address("", 0), 0
	}
	if next != "" {
		f.Pages.Next, f.Size = address(next, f.Pages.At+len(entries)), 0
	}
}

// paged says that the folder has more than this page.
func (f filesView) paged() bool { return f.Pages.First != "" || f.Pages.Next != "" }

func (p *Pages) list(ctx context.Context, root, folder, after string, limit int) (entries []artifact.Entry, next string, err error) {
	at, err := artifact.Below(root, folder)
	if err != nil {
		return nil, "", err
	}
	return p.Artifacts.Page(ctx, at, after, limit)
}

// brief is what a run's first tab shows of its files, and where they lie elsewhere
// or may not be read, that.
func (p *Pages) brief(ctx context.Context, v runView) (f filesView, err error) {
	folder, here := artifact.Folder(v.Run.ArtifactURI)
	if !here {
		f.Elsewhere = v.Run.ArtifactURI
		return f, nil
	}
	if may, err := v.reads(artifact.URN(folder)); err != nil || !may {
		f.Closed = !may
		return f, err
	}
	entries, next, err := p.list(ctx, v.Run.ArtifactURI, "", "", filesBrief)
	if err != nil {
		return f, err
	}
	f.fill(ctx, v, "", entries, next)
	return f, nil
}

func fileRowOf(e artifact.Entry, folder string) fileRow {
	name := path.Base(e.Path)
	row := fileRow{Name: name, Path: path.Join(folder, name), Folder: e.Folder, Size: e.Size, Icon: kit.IconFile}
	if e.Folder {
		row.Icon = kit.IconFolder
	}
	return row
}

// rootTabs are the places whose files a run's page shows.
func (p *Pages) rootTabs(ctx context.Context, v runView, model string) ([]kit.Tab, error) {
	outputs, err := p.outputsOf(ctx, v)
	if err != nil || len(outputs) == 0 {
		return nil, err
	}
	own := kit.To(ctx, "runs", v.Run.ID, "artifacts")
	tabs := []kit.Tab{{Name: "Run's own", Href: own, Here: model == ""}}
	for _, o := range outputs {
		if !o.Files {
			continue
		}
		tabs = append(tabs, kit.Tab{Name: "Logged model " + o.Name, Href: kit.With(own, o.query()), Here: model == o.ID})
	}
	return tabs, nil
}

// steps are the folders on the way to where the reader looks.
func steps(ctx context.Context, v runView, f filesView) []kit.Crumb {
	all := []kit.Crumb{{Name: "artifacts", Href: fileAddress(ctx, v, f.Model, "")}}
	if f.Path == "" {
		return all
	}
	parts := strings.Split(f.Path, "/")
	for i, name := range parts {
		all = append(all, kit.Crumb{Name: name, Href: fileAddress(ctx, v, f.Model, strings.Join(parts[:i+1], "/"))})
	}
	return all
}

// fileAddress is the page of a file or folder.
func fileAddress(ctx context.Context, v runView, model, p string) string {
	return kit.With(kit.To(ctx, "runs", v.Run.ID, "artifacts"), url.Values{"model": {model}, "path": {p}})
}

// beside is the page of a file with the page of its folder that is looked at.
func (f filesView) beside(ctx context.Context, v runView, r fileRow) string {
	q := url.Values{"model": {f.Model}, "path": {r.Path}}
	if !r.Folder && f.After != "" {
		q.Set("after", f.After)
		q.Set("at", strconv.Itoa(f.Pages.At))
	}
	return kit.With(kit.To(ctx, "runs", v.Run.ID, "artifacts"), q)
}

// rawAddress is the file itself.
func rawAddress(ctx context.Context, v runView, model, p string, save bool) string {
	q := url.Values{"model": {model}, "path": {p}}
	if save {
		q.Set("save", "1")
	}
	return kit.With(kit.To(ctx, "runs", v.Run.ID, "artifacts", "file"), q)
}

// file gives a file as it is. Images of kinds that cannot act are shown; all
// else is saved, never opened: a file may be a page that somebody made to act
// in the reader's name.
func (p *Pages) file(w http.ResponseWriter, r *http.Request, _ any) error {
	ctx := r.Context()
	v, err := p.view(ctx, r.PathValue("id"), "")
	if err != nil {
		return err
	}
	q := r.URL.Query()
	name := q.Get("path")
	if strings.Trim(name, "/") == "" {
		return fault.New(fault.Invalid, "Name a file.")
	}
	root, err := p.rootOf(ctx, v, q.Get("model"))
	if err != nil {
		return err
	}
	at, err := artifact.Below(root, name)
	if err != nil {
		return err
	}
	content, info, err := p.Artifacts.Open(ctx, at, blobs.Range{})
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }()
	inert(w.Header(), name, info.Size, q.Get("save") != "")
	_, err = io.Copy(w, content)
	return err
}

// inert says in the headers of a file that nothing in it may act, and that what is no
// image is saved.
func inert(h http.Header, name string, size int64, save bool) {
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	if kind := imageKind(name); kind != "" && !save {
		h.Set("Content-Type", kind)
	} else {
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Disposition", attachment(path.Base(name)))
	}
}

// attachment is the header that saves a file under a name.
func attachment(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}
