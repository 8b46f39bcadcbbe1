package dataset

import (
	"bytes"
	"context"
	"crypto/md5"
	"embed"
	"errors"
	"hash"
	"io"
	"io/fs"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/room"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

//go:embed migrations
var migrations embed.FS

// Room describes the room to the house.
func Room() room.Description {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return room.Description{Name: "dataset", Wing: "develop", Migrations: files, Events: Events()}
}

// Store is where objects are, in DVC 3's layout: a cache, a remote.
type Store interface {
	// Open opens an object and tells its size in bytes; fault.NotFound where there is none.
	Open(ctx context.Context, id object.ID) (io.ReadCloser, int64, error)
}

// EventLog takes the events of changes.
type EventLog interface {
	Append(ctx context.Context, tx *rows.Tx, e event.Event) error
}

// Jobs takes work that is done after a change.
type Jobs interface {
	Enqueue(ctx context.Context, tx *rows.Tx, job jobs.Job) (id int64, err error)
}

// Config is what the service is made of. Beside a repository, without a server,
// there are stores alone; the remotes that tacit keeps take all the rest.
type Config struct {
	Stores []Store // asked in this order: the nearest first
	DB     *rows.DB
	Events EventLog
	Blobs  blobs.Store
	Jobs   Jobs // nil where no workspace is emptied
	Now    func() time.Time
	Random io.Reader // of keys; it is read from several goroutines at once and never fails

	PageKey page.Signer // seals page tokens
	Runs    Runs        // nil where nobody knows runs: their ids are all that is told then
	Files   Files       // that are asked for their rows; of the zero value none is
}

// Service holds the use cases.
type Service struct {
	Config
	trees    *trees
	together *together
}

// New gives the service.
func New(c Config) *Service {
	return &Service{Config: c, trees: &trees{}, together: &together{lanes: map[lane]*gathering{}}}
}

// Open opens an object in the first store that has it. The reader ends with
// fault.Conflict instead of io.EOF when the bytes do not hash to the name: what was
// read until then is not the object.
func (s *Service) Open(ctx context.Context, id object.ID) (_ io.ReadCloser, size int64, err error) {
	defer fault.Wrap(&err, "dataset.Open(%s)", id)
	for _, store := range s.Stores {
		r, size, err := store.Open(ctx, id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		return &verified{ReadCloser: r, id: id, sum: md5.New()}, size, nil
	}
	return nil, 0, fault.WithHint(fault.New(fault.NotFound, "The object %s is in no cache and in no remote that was asked.", id),
		"push it from where it was added")
}

// Read gives all bytes of an object of at most limit bytes; a larger one is fault.Limit.
func (s *Service) Read(ctx context.Context, id object.ID, limit int64) (_ []byte, err error) {
	defer fault.Wrap(&err, "dataset.Read(%s)", id)
	r, _, err := s.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	var content bytes.Buffer
	n, err := io.Copy(&content, io.LimitReader(r, limit+1))
	if err = errors.Join(err, r.Close()); err == nil && n > limit {
		err = fault.New(fault.Limit, "The object %s has more than %d bytes.", id, limit)
	}
	if err != nil {
		return nil, err
	}
	return content.Bytes(), nil
}

// verified hashes what is read and compares at the end.
type verified struct {
	io.ReadCloser
	id  object.ID
	sum hash.Hash
}

func (v *verified) Read(b []byte) (int, error) {
	n, err := v.ReadCloser.Read(b)
	v.sum.Write(b[:n])
	if errors.Is(err, io.EOF) && [16]byte(v.sum.Sum(nil)) != v.id.Sum {
		return n, fault.New(fault.Conflict, "What came for the object %s hashes to %x: it was damaged where it lay or on its way.", v.id, v.sum.Sum(nil))
	}
	return n, err
}
