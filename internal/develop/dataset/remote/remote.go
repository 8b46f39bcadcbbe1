package remote

import (
	"context"
	"io"
	"path/filepath"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/files"
	"github.com/tacit-ml/tacit/internal/foundation/files/folder"
)

// Surroundings are what a remote takes from around it.
type Surroundings struct {
	Getenv func(string) string
	Home   string
	Random io.Reader // of which names of unfinished files are drawn
	Now    func() time.Time
	// Password asks a person for the password of a user at a host; nil where nobody is
	// there to ask.
	Password func(host, user string) (string, error)
	Client   string // what the program says of itself to servers
	Retries  files.Retries
}

// Remote is one remote. Its sides are used from several goroutines at once.
type Remote struct {
	name  string
	jobs  int
	place files.Place
	kept  *tacit       // nil where it is none that tacit keeps
	local *cache.Cache // nil where it is no folder

	versions *kept // nil where files have the names of objects
}

// usualJobs is how many objects are on their way at once unless the options say so.
const usualJobs = 32

// Open reads the options of a remote, and asks a web server whether it is tacit.
// fault.Unsupported, with its name, for a scheme or an option that is not there.
func Open(ctx context.Context, name string, options dvcconfig.Options, around Surroundings) (_ *Remote, err error) {
	defer fault.Wrap(&err, "remote.Open(%s)", name)
	r := &Remote{name: name, jobs: int(options.Number("jobs", usualJobs))}
	at := options.Text("url")
	switch scheme := dvcconfig.Scheme(at); scheme {
	case "":
		if at == "" {
			return nil, fault.New(fault.Invalid, "config file error: 'url' of the remote '%s' is not set", name)
		}
		at = filepath.FromSlash(at)
		r.local, r.place = cache.New(at, object.Current, around.Random), folder.New(at, around.Random)
	case "http", "https":
		err = r.openWeb(ctx, at, options, around)
	default:
		if r.place, err = Reach(options, around); fault.Is(err, fault.Unsupported) && fault.HintOf(err) == "" {
			err = fault.WithHint(err, "use dvc for the remote '%s', or one at an address that tacit reaches", name)
		}
	}
	for _, option := range []string{"version_aware", "worktree"} {
		if err == nil && options.Flag(option, false) {
			err = r.keeps(option)
		}
	}
	return r, err
}

// Reach opens the place of a URL, the option url, that is no folder of this machine.
// fault.Unsupported, with its name, for a scheme or an option that is not there.
func Reach(options dvcconfig.Options, around Surroundings) (files.Place, error) {
	at := options.Text("url")
	switch scheme := dvcconfig.Scheme(at); scheme {
	case "http", "https":
		return openPlain(at, options, around)
	case "webdav", "webdavs":
		return openDav(at, options, around)
	case "s3":
		return openBucket(at, options, around)
	case "ssh":
		return openSSH(at, options, around)
	case "azure":
		return openAzure(at, options, around)
	case "gs":
		return openGS(at, options, around)
	case "oss", "hdfs", "webhdfs", "gdrive":
		return nil, fault.New(fault.Unsupported, "Addresses at %s:// are not reached by tacit yet.", scheme)
	default:
		return nil, fault.New(fault.Invalid, "config file error: Unsupported URL type %s://", scheme)
	}
}

// Name is the remote's, as the settings have it.
func (r *Remote) Name() string { return r.name }

// Address is where it is, without a password.
func (r *Remote) Address() string { return r.place.Address() }

// Jobs is how many objects are on their way at once; asked wins where it is not 0.
func (r *Remote) Jobs(asked int) int {
	if asked > 0 {
		return asked
	}
	return max(r.jobs, 1)
}

// IsTacit says whether tacit keeps it.
func (r *Remote) IsTacit() bool { return r.kept != nil }

// Place is its files.
func (r *Remote) Place() files.Place { return r.place }

// Sync returns when all that was stored is durable. A server answers no sooner.
func (r *Remote) Sync() error {
	if r.local == nil {
		return nil
	}
	return r.local.Sync()
}

// Close lets connections go.
func (r *Remote) Close() error { return r.place.Close() }

// Side is the objects of a layout: a source and a target of transfers.
func (r *Remote) Side(layout object.Layout) *Side { return &Side{Remote: r, layout: layout} }

// Side is a remote's objects of one layout.
type Side struct {
	*Remote
	layout object.Layout
	placed map[object.ID]Placed // in a remote that keeps versions
}

// Key is the path of an object at the remote's place.
func (s *Side) Key(id object.ID) string { return id.Path(s.layout) }

// Folder is where a remote lies that is a folder of this machine.
func (s *Side) Folder() (string, bool) {
	if s.local == nil {
		return "", false
	}
	return s.local.Folder(), true
}

// LeaveDamaged says whether damaged objects of such a remote keep their names when
// somebody asks for them.
func (s *Side) LeaveDamaged(leave bool) {
	if s.local != nil {
		s.local.LeaveDamaged(leave)
	}
}

// Path is where an object of such a remote lies.
func (s *Side) Path(id object.ID) string {
	return filepath.Join(s.local.Folder(), filepath.FromSlash(s.Key(id)))
}

// Open opens an object and tells its size. The bytes are not judged: who stores them
// hashes them. fault.NotFound.
func (s *Side) Open(ctx context.Context, id object.ID) (io.ReadCloser, int64, error) {
	if s.versions != nil {
		return s.openKept(ctx, id)
	}
	r, info, err := s.place.Open(ctx, id.Path(s.layout), 0)
	if fault.Is(err, fault.NotFound) {
		err = fault.Because(err, fault.NotFound, "The object %s is not in the remote %s.", id, s.name)
	}
	return r, info.Size, err
}

// Store stores size bytes under the name of an object. Bytes that do not hash to it are
// fault.Conflict, and nothing is stored.
func (s *Side) Store(ctx context.Context, id object.ID, r io.Reader, size int64) (err error) {
	defer fault.Wrap(&err, "remote.Store(%s)", id)
	if s.versions != nil {
		return s.refuse("write")
	}
	if s.local != nil && s.layout == object.Current {
		return s.local.Store(ctx, id, r, size)
	}
	if anywhere, ok := r.(io.ReaderAt); ok && s.kept != nil && s.layout == object.Current && !id.Dir && s.kept.begun > 0 && size >= int64(s.kept.begun) {
		return s.kept.resume(ctx, id, anywhere, size)
	}
	path := id.Path(s.layout)
	at, again := r, (func() (io.ReadCloser, error))(nil)
	if anywhere, ok := r.(io.ReaderAt); ok { // a file: each try reads it for itself
		begin := func() io.Reader { return judge(io.NewSectionReader(anywhere, 0, size), id, s.layout, size) }
		at, again = begin(), func() (io.ReadCloser, error) { return io.NopCloser(begin()), nil }
	} else {
		at = judge(r, id, s.layout, size)
	}
	err = s.place.Put(ctx, path, at, size, again)
	if fault.Is(err, fault.NotFound) { // of the bucket, and not of the object: that is what is sent
		err = fault.WithHint(fault.Because(err, fault.Invalid, "%s", fault.Sentence(err)), "%s", fault.HintOf(err))
	}
	return err
}

// judged passes bytes on, and keeps the last ones back until all hash to the name.
type judged struct {
	r    io.Reader
	id   object.ID
	sum  *object.Digest
	left int64
}

func judge(r io.Reader, id object.ID, layout object.Layout, size int64) io.Reader {
	h := object.MD5
	if layout == object.Legacy && !id.Dir {
		h = object.Dos2Unix
	}
	j := &judged{r: r, id: id, sum: object.NewDigest(h), left: size}
	if size == 0 && j.sum.Sum() != id.Sum {
		return failing{j.wrong()}
	}
	return j
}

type failing struct{ err error }

// Read fails.
func (f failing) Read([]byte) (int, error) { return 0, f.err }

// Read reads on.
func (j *judged) Read(b []byte) (int, error) {
	if j.left == 0 {
		return 0, io.EOF
	}
	n, err := j.r.Read(b[:min(int64(len(b)), j.left)])
	_, _ = j.sum.Write(b[:n])
	if j.left -= int64(n); j.left > 0 {
		if err == io.EOF { //nolint:errorlint // a reader's own end
			err = fault.New(fault.Conflict, "The object %s ended %d bytes before its end.", j.id, j.left)
		}
		return n, err
	}
	if j.sum.Sum() != j.id.Sum {
		return 0, j.wrong()
	}
	return n, nil
}

func (j *judged) wrong() error {
	return fault.WithHint(fault.New(fault.Conflict, "The object %s has other bytes than its name says: it is not sent.", j.id), "add the file again, or fetch the object from another remote")
}
