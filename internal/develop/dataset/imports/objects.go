package imports

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the name of an object is its md5
	"errors"
	"io"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// maxListing is the largest listing that is read, in bytes: it is held while it is judged.
const maxListing = 2 << 30

// imported is the source of an out that was imported from a repository and that says no
// hash of its own, or whose bytes are neither here nor in the remote. nil of all others.
func (s *Source) imported(ctx context.Context, out *repository.Out) (*Source, error) {
	if from, ok := s.above[out]; ok {
		return from, nil
	}
	if out.Stage.Import() == nil {
		return nil, nil
	}
	if out.Known {
		if !out.ID.Dir {
			return nil, nil // its bytes are looked for when they are read
		}
		if _, err := s.listing(ctx, out); !fault.Is(err, fault.Unavailable) {
			return nil, err
		}
	}
	return s.chain(ctx, out)
}

// chain opens the repository that an out was imported from.
func (s *Source) chain(ctx context.Context, out *repository.Out) (*Source, error) {
	if from, ok := s.above[out]; ok {
		return from, nil
	}
	spec := out.Stage.Import()
	o, err := Recorded(spec)
	if err != nil {
		return nil, err
	}
	from, err := open(ctx, spec.URL, o, s.around, s.depth+1)
	if err == nil {
		s.above[out] = from
	}
	return from, err
}

// Recorded is how the repository is opened that an import says it is of.
func Recorded(spec *dvcfile.Repo) (Options, error) {
	o := Options{Rev: spec.RevLock, Tracked: true}
	if o.Rev == "" {
		o.Rev = spec.Rev
	}
	switch config := spec.Config.(type) {
	case nil:
	case string:
		o.Config = config
	default:
		return o, fault.WithHint(fault.New(fault.Unsupported, "The import from '%s' has settings of its own written into its file, which are not read.", spec.URL), "put them into a file, and import it with --config")
	}
	switch r := spec.Remote.(type) {
	case string:
		o.Remote = r
	case pyjson.Map:
		for _, e := range r {
			key, _ := e.Key.(string)
			value, ok := e.Value.(string)
			if !ok {
				return o, fault.New(fault.Unsupported, "The option '%s' of the remote of '%s' is not a text.", key, spec.URL)
			}
			o.RemoteConfig = append(o.RemoteConfig, Setting{key, value})
		}
	}
	return o, nil
}

// remote is a remote of the source, opened once; nil where none is set.
func (s *Source) remote(ctx context.Context, name string) (*remote.Remote, error) {
	if name == "" {
		name = s.config.DefaultRemote()
	}
	if name == "" {
		return nil, nil
	}
	if r := s.remotes[name]; r != nil {
		return r, nil
	}
	options, err := s.config.Remote(name)
	if err != nil {
		return nil, err
	}
	r, err := remote.Open(ctx, name, options, s.around.Remotes)
	if err == nil {
		s.remotes[name] = r
	}
	return r, err
}

// object opens an object of an out: out of the caches of this machine, then out of the
// source's remote. The bytes are not judged. fault.NotFound.
func (s *Source) object(ctx context.Context, out *repository.Out, id object.ID) (io.ReadCloser, error) {
	for _, r := range []*repository.Repository{s.around.Own, s.origin} {
		if r == nil {
			continue
		}
		content, _, err := r.Cache(out.Layout).Open(ctx, id)
		if err == nil {
			return content, nil
		}
		if !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
			return nil, err
		}
	}
	r, err := s.remote(ctx, out.Remote)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, fault.WithHint(fault.New(fault.NotFound, "'%s' of '%s' is in no cache here, and no remote is set there to fetch it from.", out.Path, s.URL), "name one: --remote NAME --remote-config url=…")
	}
	content, _, err := r.Side(out.Layout).Open(ctx, id)
	if fault.Is(err, fault.NotFound) {
		err = fault.WithHint(fault.Because(err, fault.NotFound, "'%s' of '%s' is not in its remote '%s': the object %s is missing.", out.Path, s.URL, r.Name(), id), "push it from where it was added")
	}
	return content, err
}

// listing is the one of an out that is a folder, judged by its name.
func (s *Source) listing(ctx context.Context, out *repository.Out) (*listing.Listing, error) {
	if l := s.listings[out]; l != nil {
		return l, nil
	}
	r, err := s.object(ctx, out, out.ID)
	if err != nil {
		if fault.Is(err, fault.NotFound) { // which a person would take for the path's
			return nil, fault.Because(err, fault.Unavailable, "%s", fault.Sentence(err))
		}
		return nil, err
	}
	var content bytes.Buffer
	n, err := io.Copy(&content, io.LimitReader(r, maxListing+1))
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, err
	}
	if n > maxListing {
		return nil, fault.New(fault.Limit, "The listing of '%s' has more than %d bytes.", out.Path, int64(maxListing))
	}
	if sum := md5.Sum(content.Bytes()); sum != out.ID.Sum { //nolint:gosec // as above
		return nil, fault.New(fault.Conflict, "What is there for the listing of '%s' hashes to %x, and not to %s.", out.Path, sum, out.ID)
	}
	l, err := listing.Parse(&content, maxListing, out.Layout)
	if err == nil {
		s.listings[out] = l
	}
	return l, err
}
