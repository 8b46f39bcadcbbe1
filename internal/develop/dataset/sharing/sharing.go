package sharing

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // the name of a listing is its md5
	"errors"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/transfer"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Result is what was done.
type Result struct {
	Objects int // that came over
	Bytes   int64
	Failed  []transfer.Failure
	// Absent are objects that are neither here nor in the remote; they are among
	// Failed too.
	Absent []object.ID
}

// local is the cache as a source and target: an object that nobody vouches for is hashed
// before it counts as missing.
type local struct{ *cache.Cache }

// Missing gives those that are not there, or damaged.
func (l local) Missing(ctx context.Context, ids []object.ID) (missing []object.ID, err error) {
	absent, err := l.Absent(ctx, ids)
	for _, id := range ids {
		if absent[id] {
			missing = append(missing, id)
		}
	}
	return missing, err
}

// Push brings to the remotes what they lack of what is meant. What failed is in the
// result; the error is of the whole.
func (c *Config) Push(ctx context.Context, q Request) (_ *Result, err error) {
	defer fault.Wrap(&err, "sharing.Push")
	parts, err := c.gather(ctx, q, true)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 || parts[0].remote == "" {
		if err := c.checkDefault(q); err != nil {
			return nil, err
		}
	}
	all := &Result{}
	for _, p := range parts {
		err := c.with(ctx, p, func(side *remote.Side) error {
			absent, versions, err := c.versions(ctx, p, side)
			if err != nil {
				return err
			}
			here := local{c.Repo.Cache(p.layout)}
			r, err := transfer.Transfer(ctx, here, side, versions, side.Jobs(q.Jobs))
			if err != nil {
				return err
			}
			all.take(r, absent)
			return side.Sync()
		})
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// checkDefault refuses a command that has no remote to speak to.
func (c *Config) checkDefault(q Request) error {
	if q.Remote == "" && c.Repo.Config().DefaultRemote() == "" {
		return c.NoRemote()
	}
	return nil
}

// Fetch brings to the cache what it lacks of what is meant.
func (c *Config) Fetch(ctx context.Context, q Request) (_ *Result, err error) {
	defer fault.Wrap(&err, "sharing.Fetch")
	parts, err := c.gather(ctx, q, false)
	if err != nil {
		return nil, err
	}
	if q.Remote != "" {
		if _, err := c.Repo.Config().Remote(q.Remote); err != nil {
			return nil, err
		}
	}
	all := &Result{}
	var none error // that no remote is set keeps nothing else back
	for _, p := range parts {
		if err := c.fetch(ctx, q, p, all); err != nil {
			if !IsNoRemote(err) {
				return all, err
			}
			none = err
		}
	}
	return all, none
}

func (c *Config) fetch(ctx context.Context, q Request, p part, all *Result) error {
	here := local{c.Repo.Cache(p.layout)}
	own := p
	own.outs = nil
	for _, out := range p.outs {
		if out.Out.Stage.Import() == nil {
			own.outs = append(own.outs, out)
		} else if err := c.fetchImport(ctx, q, part{p.remote, p.layout, []repository.Selected{out}}, here, all); err != nil {
			return err
		}
	}
	if p = own; len(p.outs) == 0 {
		return nil
	}
	if done, err := c.complete(ctx, p, here); err != nil || done {
		return err
	}
	if p.remote == "" {
		return c.NoRemote()
	}
	return c.with(ctx, p, func(side *remote.Side) error {
		absent, versions, err := c.versions(ctx, p, side)
		if err != nil {
			return err
		}
		r, err := transfer.Transfer(ctx, side, here, versions, side.Jobs(q.Jobs))
		if err != nil {
			return err
		}
		all.take(r, absent)
		if err := c.keepListings(ctx, p, side, here, all); err != nil {
			return err
		}
		return here.Sync()
	})
}

// keepListings brings the listings of folders to the cache of which parts came: a
// checkout finds the parts by them. In a cache a listing proves nothing of its files.
func (c *Config) keepListings(ctx context.Context, p part, side *remote.Side, here local, all *Result) error {
	parts := p
	parts.outs = slices.DeleteFunc(slices.Clone(p.outs), func(s repository.Selected) bool { return s.Sub == "" || !s.Out.ID.Dir })
	listings, err := c.listings(ctx, parts, side, func(repository.Selected) {}) // those were told of
	if err != nil {
		return err
	}
	for id, l := range listings {
		var text bytes.Buffer
		if err := l.Write(&text); err != nil {
			return err
		}
		if sum := md5.Sum(text.Bytes()); sum != id.Sum { //nolint:gosec // as its name
			continue // of DVC 2, which wrote it another way
		}
		missing, err := here.Missing(ctx, []object.ID{id})
		if err != nil {
			return err
		}
		if err := here.PutBytes(id, text.Bytes()); err != nil {
			return err
		}
		all.Objects += len(missing)
	}
	return nil
}

// fetchImport brings an out whose data belong to another repository, from there. What
// cannot be had does not keep the others back.
func (c *Config) fetchImport(ctx context.Context, q Request, p part, here local, all *Result) error {
	if done, err := c.complete(ctx, p, here); err != nil || done {
		return err
	}
	out := p.outs[0]
	objects, bytes, err := c.Import(ctx, out, here.Cache, q.Jobs)
	all.Objects, all.Bytes = all.Objects+objects, all.Bytes+bytes
	if err != nil && ctx.Err() == nil {
		all.Failed = append(all.Failed, transfer.Failure{ID: out.Out.ID, Err: err})
		return nil
	}
	return err
}

// complete says whether the cache has all that is meant already: then no remote is
// asked, and none need be set.
func (c *Config) complete(ctx context.Context, p part, here local) (bool, error) {
	lacks := false
	listings, err := c.listings(ctx, p, nil, func(repository.Selected) { lacks = true })
	if err != nil || lacks {
		return false, err
	}
	var ids []object.ID
	for _, s := range p.outs {
		for _, v := range s.Versions(listings[s.Out.ID]) {
			ids = append(append(ids, v.ID), v.Files...)
		}
	}
	missing, err := here.Missing(ctx, unique(ids))
	return len(missing) == 0, err
}

func unique(ids []object.ID) []object.ID {
	seen := make(map[object.ID]bool, len(ids))
	return slices.DeleteFunc(ids, func(id object.ID) bool {
		if seen[id] {
			return true
		}
		seen[id] = true
		return false
	})
}

// with opens the remote of a part.
func (c *Config) with(ctx context.Context, p part, do func(*remote.Side) error) error {
	r, err := c.Open(ctx, p.remote)
	if err != nil {
		return err
	}
	side := r.Side(p.layout)
	if r.Keeps() {
		side.Know(placed(p))
	}
	return errors.Join(do(side), r.Close())
}

// placed is where the .dvc files say that a remote has what is meant, which keeps versions.
func placed(p part) map[object.ID]remote.Placed {
	all := map[object.ID]remote.Placed{}
	for _, s := range p.outs {
		if s.Out.KeptListing != nil {
			all[s.Out.ID] = remote.Placed{Listing: s.Out.KeptListing}
		}
		for _, k := range s.Out.Kept {
			if strings.EqualFold(k.Remote, p.remote) {
				all[k.ID] = remote.Placed{Path: k.Path, Version: k.Version}
			}
		}
	}
	return all
}

// versions are those of a part. The listings that are neither here nor in the remote
// are absent.
func (c *Config) versions(ctx context.Context, p part, side *remote.Side) (absent []object.ID, all []transfer.Version, err error) {
	listings, err := c.listings(ctx, p, side, func(s repository.Selected) { absent = append(absent, s.Out.ID) })
	if err != nil {
		return nil, nil, err
	}
	for _, s := range p.outs {
		if l := listings[s.Out.ID]; l != nil || !s.Out.ID.Dir {
			all = append(all, s.Versions(l)...)
		}
	}
	return absent, all, nil
}

// take adds what was done for a part.
func (r *Result) take(done *transfer.Result, absent []object.ID) {
	r.Objects, r.Bytes = r.Objects+done.Sent, r.Bytes+done.Bytes
	for _, id := range absent {
		r.Absent = append(r.Absent, id)
		r.Failed = append(r.Failed, transfer.Failure{ID: id, Err: fault.New(fault.NotFound, "The listing %s is neither in the cache nor in the remote.", id)})
	}
	for _, f := range done.Failed {
		if fault.Is(f.Err, fault.NotFound) {
			r.Absent = append(r.Absent, f.ID)
		}
		r.Failed = append(r.Failed, f)
	}
}

// Names are how a person knows objects that failed: their own, and why.
func (r *Result) Names() []string {
	var all []string
	for _, f := range r.Failed {
		all = append(all, f.ID.String()+" - "+fault.Sentence(f.Err))
	}
	return all
}

// IsAbsent says whether an object is neither here nor there.
func (r *Result) IsAbsent(id object.ID) bool { return slices.Contains(r.Absent, id) }

// AbsentNames are the absent ones as dvc names them, a line each.
func (r *Result) AbsentNames() string {
	var b strings.Builder
	for i, id := range r.Absent {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("md5: " + id.String())
	}
	return b.String()
}
