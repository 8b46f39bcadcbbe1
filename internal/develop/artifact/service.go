package artifact

import (
	"context"
	"embed"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/uri"
)

//go:embed migrations
var migrations embed.FS

// Room describes the room to the house.
func Room() room.Description {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return room.Description{Name: "artifact", Wing: "develop", Migrations: files, Events: Events()}
}

// EventLog takes the events of changes.
type EventLog interface {
	Append(ctx context.Context, tx *rows.Tx, e event.Event) error
}

// Config is what the service is made of.
type Config struct {
	DB     *rows.DB // for the events, and which files are on their way
	Events EventLog
	Blobs  blobs.Store
	Jobs   Jobs // nil where no workspace is emptied or moved, and no file is read back
	Now    func() time.Time
}

// Jobs takes work that is done after a change.
type Jobs interface {
	Enqueue(ctx context.Context, tx *rows.Tx, job jobs.Job) (id int64, err error)
}

// Service holds the use cases. Every path is relative to the caller's
// workspace and checked as Clean does.
type Service struct{ Config }

// New gives the service.
func New(c Config) *Service {
	c.Blobs = moving{c.Blobs, c.DB}
	return &Service{c}
}

// space leads the keys of the caller's workspace.
func space(ctx context.Context) string { return root + caller.Workspace(ctx) + "/" }

// announceTime bounds how long what happened waits to be told.
const announceTime = 30 * time.Second

// announce writes an event in a transaction of its own, with what else belongs to it:
// the bytes are there or gone already, so it is told although the caller has gone. Who
// hears of files, as the scanner does, would else not hear of these.
func (s *Service) announce(ctx context.Context, e event.Event, also ...func(context.Context, *rows.Tx) error) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), announceTime)
	defer stop()
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		if err := s.Events.Append(ctx, tx, e); err != nil {
			return err
		}
		for _, do := range also {
			if err := do(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// Put stores all of r at p, replacing what was there. With a size other than
// blobs.Unknown, more or fewer bytes are fault.Invalid and nothing is stored;
// so is a reader that breaks off.
func (s *Service) Put(ctx context.Context, p string, r io.Reader, size int64) (_ File, err error) {
	defer fault.Wrap(&err, "artifact.Put(%s)", p)
	if p, err = Clean(p); err != nil {
		return File{}, err
	}
	incoming := &source{Reader: r}
	hashing := newDigest(incoming, size)
	defer hashing.Close()
	// What a store has begun to take in it may keep, whoever has gone: a caller who goes
	// before all bytes came ends the reader.
	ctx = context.WithoutCancel(ctx)
	info, err := s.Blobs.Put(ctx, space(ctx)+p, hashing, size)
	if err != nil {
		return File{}, inTheWay(p, incoming.blame(err))
	}
	f := File{Path: p, Size: info.Size, ETag: info.ETag, SHA256: hashing.SHA256()}
	return f, s.stored(ctx, f)
}

// source notes why its reader ended.
type source struct {
	io.Reader
	broke error
}

// Read reads on.
func (s *source) Read(b []byte) (int, error) {
	n, err := s.Reader.Read(b)
	if err != nil && err != io.EOF {
		s.broke = err
	}
	return n, err
}

// blame makes a failure to store the client's fault where its bytes ended
// early. A fault of the reader itself is told as it is.
func (s *source) blame(err error) error {
	if s.broke == nil {
		return err
	}
	if fault.KindOf(s.broke) != fault.Internal {
		return s.broke
	}
	return fault.Because(s.broke, fault.Invalid, "The bytes broke off before their end; nothing was stored.")
}

// inTheWay tells by its path, not by its key, what cannot be stored because of
// what is there.
func inTheWay(p string, err error) error {
	if !fault.Is(err, fault.Conflict) {
		return err
	}
	return fault.WithHint(fault.Because(err, fault.Conflict, "Nothing can be stored at '%s': it is a folder, or part of the path is a file.", p),
		"choose another path, or delete what is there")
}

// Stat tells of a file. fault.NotFound; fault.Invalid for a folder.
func (s *Service) Stat(ctx context.Context, p string) (_ blobs.Info, err error) {
	defer fault.Wrap(&err, "artifact.Stat(%s)", p)
	if p, err = Clean(p); err != nil {
		return blobs.Info{}, err
	}
	info, err := s.Blobs.Stat(ctx, space(ctx)+p)
	if fault.Is(err, fault.NotFound) {
		err = s.missing(ctx, p, err)
	}
	info.Key = p
	return info, err
}

// missing tells apart what is not there and what is a folder.
func (s *Service) missing(ctx context.Context, p string, cause error) error {
	below, err := s.Blobs.List(ctx, blobs.List{Prefix: space(ctx) + p + "/", Limit: 1})
	if err != nil {
		return err
	}
	if len(below) > 0 {
		return fault.New(fault.Invalid, "Artifact path refers to a directory, not a file: '%s'", p)
	}
	return fault.Because(cause, fault.NotFound, "No such artifact: '%s'", p)
}

// Open opens a file or a part of it; the caller closes. fault.NotFound;
// fault.Invalid for a folder, and for a range that begins after the end.
func (s *Service) Open(ctx context.Context, p string, part blobs.Range) (_ io.ReadCloser, _ blobs.Info, err error) {
	defer fault.Wrap(&err, "artifact.Open(%s)", p)
	if p, err = Clean(p); err != nil {
		return nil, blobs.Info{}, err
	}
	r, info, err := s.Blobs.Get(ctx, space(ctx)+p, part)
	if fault.Is(err, fault.NotFound) {
		err = s.missing(ctx, p, err)
	}
	info.Key = p
	return r, info, err
}

// List gives what lies directly below the folder p, by path; "" is the
// workspace. A folder that is not there, and a file, hold nothing.
func (s *Service) List(ctx context.Context, p string) (_ []Entry, err error) {
	defer fault.Wrap(&err, "artifact.List(%s)", p)
	if p, err = uri.Clean(p); err != nil {
		return nil, err
	}
	var all []Entry
	err = s.each(ctx, p, false, func(e blobs.Entry) error {
		all = append(all, entryOf(e))
		return nil
	})
	slices.SortFunc(all, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return all, err
}

// Page gives at most limit, from 1 on, of what lies directly below the folder
// p, behind the place after: "" for the first page. next is the place that the
// page after it begins behind, "" when this is the last. Entries come in the
// order of the store's keys, in which a folder's name ends in "/".
func (s *Service) Page(ctx context.Context, p, after string, limit int) (_ []Entry, next string, err error) {
	defer fault.Wrap(&err, "artifact.Page(%s)", p)
	if p, err = uri.Clean(p); err != nil {
		return nil, "", err
	}
	l := below(ctx, p)
	l.Limit = limit + 1
	if after != "" {
		l.After = l.Prefix + after
	}
	entries, err := s.Blobs.List(ctx, l)
	if err != nil {
		return nil, "", err
	}
	if len(entries) > limit {
		entries = entries[:limit]
		next = strings.TrimPrefix(entries[limit-1].Key, l.Prefix)
	}
	page := make([]Entry, len(entries))
	for i, e := range entries {
		e.Key = strings.TrimPrefix(e.Key, space(ctx))
		page[i] = entryOf(e)
	}
	return page, next, nil
}

// entryOf is an entry whose key begins behind the workspace.
func entryOf(e blobs.Entry) Entry {
	return Entry{Path: strings.TrimSuffix(e.Key, "/"), Folder: e.Folder, Size: e.Size, Modified: e.Modified, ETag: e.ETag}
}

// below lists the folder p.
func below(ctx context.Context, p string) blobs.List {
	l := blobs.List{Prefix: space(ctx)}
	if p != "" {
		l.Prefix += p + "/"
	}
	return l
}

// pageSize is how many keys are asked for at once.
const pageSize = 1000

// each calls do for every entry below the folder p, its key without the
// workspace.
func (s *Service) each(ctx context.Context, p string, deep bool, do func(blobs.Entry) error) error {
	l := below(ctx, p)
	l.Deep, l.Limit = deep, pageSize
	for {
		entries, err := s.Blobs.List(ctx, l)
		if err != nil {
			return err
		}
		for _, e := range entries {
			l.After = e.Key
			e.Key = strings.TrimPrefix(e.Key, space(ctx))
			if err := do(e); err != nil {
				return err
			}
		}
		if len(entries) < pageSize {
			return nil
		}
	}
}

// Delete removes the file p, or all files of the folder p. That there are none
// is no error.
func (s *Service) Delete(ctx context.Context, p string) (err error) {
	defer fault.Wrap(&err, "artifact.Delete(%s)", p)
	if p, err = Clean(p); err != nil {
		return err
	}
	key := space(ctx) + p
	info, err := s.Blobs.Stat(ctx, key)
	if fault.Is(err, fault.NotFound) {
		return s.deleteFolder(ctx, p)
	}
	if err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.Blobs.Delete(ctx, key); err != nil {
		return err
	}
	return s.announce(ctx, fileDeleted(p, File{Path: p, Size: info.Size, ETag: info.ETag}, 1))
}

func (s *Service) deleteFolder(ctx context.Context, p string) error {
	var gone []File
	err := s.each(ctx, p, true, func(e blobs.Entry) error {
		gone = append(gone, File{Path: e.Key, Size: e.Size, ETag: e.ETag})
		return s.Blobs.Delete(ctx, space(ctx)+e.Key)
	})
	if len(gone) == 0 {
		return err
	}
	// What is gone is told also when the rest could not be deleted.
	if told := s.announce(ctx, fileDeleted(p, gone, len(gone))); err == nil {
		err = told
	}
	return err
}
