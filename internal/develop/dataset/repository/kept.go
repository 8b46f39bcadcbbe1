package repository

import (
	"bytes"
	"path"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
)

// Kept is a file as a remote has it that keeps versions (version_aware, worktree): under
// the name that it has in the repository.
type Kept struct {
	Remote  string
	Path    string // from the root
	Version string // of the bucket
	ID      object.ID
}

// keep takes over how a remote keeps an out. Of a folder the file names every file, and
// no listing: it is made of them.
func (o *Out) keep(d *dvcfile.Out) {
	note := func(below string, data dvcfile.Data, id object.ID) {
		if data.VersionID != "" && data.Remote != "" {
			o.Kept = append(o.Kept, Kept{Remote: data.Remote, Path: path.Join(o.Path, below), Version: data.VersionID, ID: id})
		}
	}
	if d.Files == nil {
		if o.Known && !o.ID.Dir {
			note("", d.Data, o.ID)
		}
		return
	}
	b, size, n := listing.NewBuilder(len(d.Files)), int64(0), int64(len(d.Files))
	for _, f := range d.Files {
		id, err := object.Parse(f.MD5)
		if err != nil || id.Dir || b.Add([]byte(f.RelPath), id.Sum) != nil {
			return // nobody knows what the folder was
		}
		note(f.RelPath, f.Data, id)
		if f.Size != nil {
			size += *f.Size
		}
	}
	l, err := b.Listing()
	if err != nil {
		return
	}
	var text bytes.Buffer
	if l.Write(&text) != nil {
		return
	}
	o.ID, o.Known, o.KeptListing, o.Size, o.NFiles = l.Name(), true, text.Bytes(), &size, &n
}
