package imports

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/web"
)

// Location is a file or a folder at a URL, or at a path of this machine.
type Location struct {
	URL string // as a person wrote it

	scheme string      // of what it leads to, "" for this machine
	local  string      // its path there
	place  files.Place // nil for this machine
	path   string      // at the place
	before string      // what dvc puts before the path that it lists
}

// Locate finds what a URL leads to: remote://name/path by the settings, which may be
// nil outside of a repository; a path is one from the folder cwd. Over is put over the
// options of its scheme. Nothing is connected to. It must be closed.
func Locate(url, cwd string, config *dvcconfig.Config, over dvcconfig.Over, around remote.Surroundings) (*Location, error) {
	if config == nil {
		config = &dvcconfig.Config{}
	}
	options, err := config.At(url, over)
	if err != nil {
		return nil, err
	}
	l := &Location{URL: url}
	address := options.Text("url")
	if l.scheme = dvcconfig.Scheme(address); l.scheme == "" {
		if l.local = filepath.FromSlash(address); !filepath.IsAbs(l.local) {
			l.local = filepath.Join(cwd, l.local)
		}
		return l, nil
	}
	if l.scheme != "http" && l.scheme != "https" { // whose slashes are the server's
		address = strings.TrimRight(address, "/")
	}
	host, p, _ := strings.Cut(address[len(l.scheme)+3:], "/")
	folder, name := path.Split(p)
	query, asked := "", false
	if strings.HasPrefix(l.scheme, "http") || strings.HasPrefix(l.scheme, "webdav") { // elsewhere it is part of the name
		name, query, asked = strings.Cut(name, "?")
	}
	at := l.scheme + "://" + host + "/" + strings.TrimSuffix(folder, "/")
	if asked {
		at += "?" + query
	}
	if l.path = name; l.scheme == "http" || l.scheme == "https" {
		if l.path, err = unescaped(name); err != nil {
			return nil, err
		}
	}
	below := dvcconfig.Over{Options: append(slices.Clone(over.Options), pyjson.Member{Key: "url", Value: at}), Tracked: over.Tracked}
	options, err = config.At(url, below)
	if err != nil {
		return nil, err
	}
	l.before = host + "/" + p
	l.place, err = remote.Reach(options, around)
	return l, err
}

// Close lets connections go.
func (l *Location) Close() error {
	if l.place == nil {
		return nil
	}
	return l.place.Close()
}

// Shown is how dvc shows it: a path in full.
func (l *Location) Shown() string {
	if l.scheme == "" && dvcconfig.Scheme(l.URL) == "" {
		return l.local
	}
	return l.URL
}

// Found is what is at a location.
type Found struct {
	Dir   bool
	Size  *int64 // bytes of a file, nil where nobody knows
	Files []Item // of a folder, sorted by their paths

	at   *Location
	exec bool
	info files.Info
}

// Item is a file of a folder.
type Item struct {
	Path string // below the folder
	Size *int64

	exec bool
	info files.Info
}

// Look looks what is there: fault.NotFound.
func (l *Location) Look(ctx context.Context) (f *Found, err error) {
	defer fault.Wrap(&err, "imports.Look(%s)", l.URL)
	if l.place == nil {
		return l.lookHere(ctx)
	}
	f = &Found{at: l}
	if l.path != "" || l.scheme == "http" || l.scheme == "https" {
		f.info, err = l.place.Stat(ctx, l.path)
		if err == nil {
			f.Size = known(f.info.Size)
			return f, nil
		}
		if !fault.Is(err, fault.NotFound) || l.scheme == "http" || l.scheme == "https" {
			return nil, err
		}
	}
	f.Dir = true
	prefix := strings.TrimPrefix(l.path+"/", "/")
	err = l.place.List(ctx, prefix, func(info files.Info) error {
		if below := strings.TrimPrefix(info.Path, prefix); below != "" && !strings.HasSuffix(below, "/") {
			f.Files = append(f.Files, Item{Path: below, Size: known(info.Size), info: info})
		}
		return nil
	})
	if err == nil && len(f.Files) == 0 && l.path != "" {
		err = fault.New(fault.NotFound, "There is nothing at %s.", l.URL)
	}
	slices.SortFunc(f.Files, func(a, b Item) int { return strings.Compare(a.Path, b.Path) })
	return f, err
}

func known(size int64) *int64 {
	if size == files.Unknown {
		return nil
	}
	return &size
}

// lookHere looks at this machine.
func (l *Location) lookHere(ctx context.Context) (*Found, error) {
	info, err := os.Stat(l.local)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.Because(err, fault.NotFound, "There is nothing at %s.", l.local)
	}
	if err != nil {
		return nil, err
	}
	f := &Found{at: l, Dir: info.IsDir()}
	if !f.Dir {
		if !info.Mode().IsRegular() {
			return nil, fault.New(fault.Invalid, "'%s' is not a file or directory", l.local)
		}
		size := info.Size()
		f.Size, f.exec = &size, info.Mode()&0o111 != 0
		return f, nil
	}
	all, err := worktree.Walk(ctx, l.local, nil)
	for _, one := range all {
		if one.Kind != worktree.Regular && one.Kind != worktree.Linked {
			return nil, fault.New(fault.Invalid, "'%s' is not a file or directory", filepath.Join(l.local, one.Path))
		}
		f.Files = append(f.Files, Item{Path: one.Path, Size: &one.Size, exec: one.Mode&0o111 != 0})
	}
	return f, err
}

// hashes says which hash dvc knows data by there.
func (l *Location) hashes() string {
	switch l.scheme {
	case "", "ssh":
		return "md5"
	case "http", "https":
		return "checksum"
	}
	return "etag"
}

// plan is how what was found is brought.
func (f *Found) plan() *plan {
	all := &plan{}
	if !f.Dir {
		all.files = []piece{{open: f.at.opens("")}}
		return all
	}
	all.folders = []string{""}
	for _, i := range f.Files {
		if folder := path.Dir(i.Path); folder != "." && all.folders[len(all.folders)-1] != folder {
			all.folders = append(all.folders, folder)
		}
		all.files = append(all.files, piece{rel: i.Path, open: f.at.opens(i.Path)})
	}
	return all
}

// opens is how a file below the location is read.
func (l *Location) opens(below string) func(context.Context) (io.ReadCloser, error) {
	if l.place == nil {
		return opens(filepath.Join(l.local, filepath.FromSlash(below)))
	}
	at := strings.TrimPrefix(l.path+"/"+below, "/")
	if below == "" {
		at = l.path
	}
	return func(ctx context.Context) (io.ReadCloser, error) {
		r, _, err := l.place.Open(ctx, at, 0)
		return r, err
	}
}

// Download brings what was found to a place on this machine.
func (f *Found) Download(ctx context.Context, to string, jobs int) error {
	return f.plan().bring(ctx, to, f.Dir, jobs)
}

// Fetch brings its objects into a cache: of a folder those below sub.
func (f *Found) Fetch(ctx context.Context, sub string, to *cache.Cache, jobs int) (*Fetched, error) {
	return f.plan().fetch(ctx, f.Dir, sub, to, jobs)
}

// Data is what a dep says of what was found. Where the place vouches for no hash every
// byte is read.
func (f *Found) Data(ctx context.Context, jobs int) (d dvcfile.Data, err error) {
	if !f.Dir {
		d.Size, d.IsExec = f.Size, f.exec
		switch f.at.hashes() {
		case "checksum":
			d.Checksum, err = f.at.checksum(ctx)
		case "etag":
			if d.ETag, err = f.at.tag(f.info); f.at.scheme == "gs" { // whose generations gcsfs always tells
				d.VersionID = f.info.Version
			}
		default:
			var sums []object.ID
			if sums, _, err = f.plan().sums(ctx, jobs); err == nil {
				d.MD5 = sums[0].String()
			}
		}
		return d, err
	}
	size, n := int64(0), int64(len(f.Files))
	for _, i := range f.Files {
		if i.Size != nil {
			size += *i.Size
		}
	}
	d.Size, d.NFiles = &size, &n
	if f.at.hashes() == "etag" {
		d.MD5, err = f.tagged()
		return d, err
	}
	sums, _, err := f.plan().sums(ctx, jobs)
	if err != nil {
		return d, err
	}
	_, id, err := f.plan().listing(sums)
	d.MD5 = id.String()
	return d, err
}

// tag is the hash of a file where places have tags.
func (l *Location) tag(info files.Info) (string, error) {
	if info.ETag == "" {
		return "", fault.WithHint(fault.New(fault.Unsupported, "The server of '%s' gives the file no tag by which a change would be seen.", l.URL), "download it with get-url, and add it")
	}
	return recorded(l.scheme, info.ETag)
}

// recorded is a tag as dvc writes it: Azure's with its quotes, of Google's, which is
// base64, the bytes in hex.
func recorded(scheme, tag string) (string, error) {
	switch scheme {
	case "azure":
		return `"` + tag + `"`, nil
	case "gs":
		plain, err := base64.StdEncoding.DecodeString(tag)
		if err != nil {
			return "", fault.Because(err, fault.Unsupported, "The tag %q is none of Google's storage.", tag)
		}
		return hex.EncodeToString(plain), nil
	}
	return tag, nil
}

// tagged is the name that dvc gives a folder of tags: the md5 of a listing that has them.
func (f *Found) tagged() (string, error) {
	var all []any
	for _, i := range f.Files {
		tag, err := f.at.tag(i.info)
		if err != nil {
			return "", err
		}
		all = append(all, pyjson.Map{{Key: "etag", Value: tag}, {Key: "relpath", Value: i.Path}})
	}
	text, err := pyjson.Marshal(all)
	if err != nil {
		return "", err
	}
	sum, _, err := object.Hash(bytes.NewReader(text), object.MD5)
	return object.ID{Sum: sum, Dir: true}.String(), err
}

// checksum is what dvc knows a file of a web server by: its tag, or a number made of all
// that the server says of it.
func (l *Location) checksum(ctx context.Context) (string, error) {
	p, ok := l.place.(*web.Place)
	if !ok {
		return "", fault.New(fault.Unsupported, "'%s' is at no web server.", l.URL)
	}
	d, err := p.Describe(ctx, l.path)
	switch {
	case err != nil:
		return "", err
	case d.ETag != "":
		return d.ETag, nil
	case d.MD5 != "":
		return d.MD5, nil
	}
	return number(l.URL, d)
}

// Name is how dvc lists what was found where it is no folder: in full.
func (f *Found) Name() string {
	switch f.at.scheme {
	case "":
		return f.at.local
	case "http", "https":
		return f.at.URL
	case "ssh":
		_, p, _ := strings.Cut(f.at.before, "/")
		return "/" + p
	}
	return f.at.before
}

// Version is the one of a file in a bucket that keeps versions, else "".
func (f *Found) Version() string { return f.info.Version }

// Here is the path on this machine, "" for a URL.
func (l *Location) Here() string { return l.local }

// FolderSize is what this machine's file system says of a folder below what was found,
// nil elsewhere.
func (f *Found) FolderSize(below string) *int64 {
	info, err := os.Stat(filepath.Join(f.at.local, filepath.FromSlash(below)))
	if f.at.local == "" || err != nil {
		return nil
	}
	size := info.Size()
	return &size
}
