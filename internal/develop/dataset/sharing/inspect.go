package sharing

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/cache"
	"github.com/tacit-ml/tacit/internal/develop/dataset/inspection"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/remote"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/transfer"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Trouble is what is wrong with something.
type Trouble string

// The troubles.
const (
	Damaged    Trouble = "damaged"    // its bytes are not what its name says
	Unfinished Trouble = "unfinished" // a program that ended had begun to write it
	Lost       Trouble = "lost"       // it is in no cache and in no remote
	Unsent     Trouble = "unsent"     // the remote lacks it, and is thought to have it
	Astray     Trouble = "astray"     // dvc wrote it to a folder at the root of the file system
)

// Finding is one thing that is not as it should be.
type Finding struct {
	Trouble Trouble
	Place   string // a path, or an address
	Mended  bool
	Err     error // why it was not mended; nil where that was not asked
}

// Inspection says how an inspection goes.
type Inspection struct {
	Request
	Now    time.Time
	Repair bool
	// Remotes are asked as well: which objects they lack, and which of a folder are
	// damaged.
	Remotes bool

	aside    map[object.ID]bool            // what was put out of the way, and is to be fetched again
	outcomes map[string]inspection.Outcome // of remotes, by their names
}

// stale is how old a file must be that nobody will finish.
const stale = time.Hour

// Inspect hashes all objects of the cache, and asks the remotes for what is meant. It
// gives what is wrong and how many objects it looked at. Remotes that tacit keeps are told
// how they were found.
func (c *Config) Inspect(ctx context.Context, how Inspection) (all []Finding, looked int, err error) {
	defer fault.Wrap(&err, "sharing.Inspect")
	how.aside, how.outcomes = map[object.ID]bool{}, map[string]inspection.Outcome{}
	for _, layout := range []object.Layout{object.Current, object.Legacy} {
		in := c.Repo.Cache(layout)
		in.LeaveDamaged(!how.Repair)
		n, some, err := c.inspectCache(ctx, in, how)
		if looked, all = looked+n, append(all, some...); err != nil {
			return all, looked, err
		}
	}
	parts, err := c.gather(ctx, how.Request, false)
	if err != nil {
		return all, looked, err
	}
	for _, p := range parts {
		some, n, err := c.inspectPart(ctx, p, how)
		if looked, all = looked+n, append(all, some...); err != nil {
			return all, looked, err
		}
	}
	return all, looked, c.tell(ctx, how.outcomes)
}

// tell tells remotes how they were found. One that does not take it from who asks is no
// failure of what was found.
func (c *Config) tell(ctx context.Context, outcomes map[string]inspection.Outcome) error {
	for _, name := range slices.Sorted(maps.Keys(outcomes)) {
		r, err := c.Open(ctx, name)
		if err != nil {
			return err
		}
		err = r.TellInspection(ctx, outcomes[name])
		if closed := r.Close(); closed != nil {
			return closed
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil && c.Warn != nil {
			c.Warn("The remote '" + name + "' was not told what was found: " + fault.Sentence(err))
		}
	}
	return nil
}

// count adds what was found of a part to what is told of its remote.
func (i Inspection) count(p part, objects int, found []Finding) {
	o := i.outcomes[p.remote]
	o.Objects += int64(objects)
	for _, f := range found {
		switch {
		case f.Mended:
			o.Mended++
		case f.Trouble == Lost:
			o.Lost++
		case f.Trouble == Unsent:
			o.Unsent++
		}
	}
	i.outcomes[p.remote] = o
}

func (c *Config) inspectCache(ctx context.Context, in *cache.Cache, how Inspection) (n int, all []Finding, err error) {
	damaged, n, err := in.Verify(ctx)
	if err != nil {
		return n, nil, err
	}
	slices.SortFunc(damaged, object.Compare)
	for _, id := range damaged {
		f := Finding{Trouble: Damaged, Place: in.Path(id)}
		if how.Repair { // what is used comes from the remote then, or is told to be lost
			_, f.Err = in.SetAside(id)
			f.Mended, how.aside[id] = f.Err == nil, true
		}
		all = append(all, f)
	}
	left, err := in.Unfinished(ctx, how.Now.Add(-stale))
	for _, path := range left {
		f := Finding{Trouble: Unfinished, Place: path}
		if how.Repair {
			f.Err = os.Remove(path)
			f.Mended = f.Err == nil
		}
		all = append(all, f)
	}
	return n, all, err
}

// meant are the objects of a part by the paths that they are known by.
type meant struct {
	names map[object.ID]string
	ids   []object.ID
	lost  []repository.Selected // whose listings are nowhere
	send  []transfer.Version    // what a push would send
	sends map[object.ID]bool    // the objects of these
	has   []transfer.Version    // all of them
}

func (m *meant) note(id object.ID, name string) {
	if _, ok := m.names[id]; !ok {
		m.ids, m.names[id] = append(m.ids, id), name
	}
}

func (c *Config) mean(ctx context.Context, p part, side *remote.Side) (*meant, error) {
	m := &meant{names: map[object.ID]string{}, sends: map[object.ID]bool{}}
	listings, err := c.listings(ctx, p, side, func(s repository.Selected) { m.lost = append(m.lost, s) })
	if err != nil {
		return nil, err
	}
	for _, s := range p.outs {
		l := listings[s.Out.ID]
		if s.Out.ID.Dir && l == nil {
			continue
		}
		m.note(s.Out.ID, s.Out.Path)
		if l != nil {
			for i := range l.Len() {
				m.note(l.ID(i), s.Out.Path+"/"+string(l.Path(i)))
			}
		}
		versions := s.Versions(l)
		m.has = append(m.has, versions...)
		if s.Out.NoPush || s.Out.Stage.Import() != nil {
			continue
		}
		m.send = append(m.send, versions...)
		for _, v := range versions {
			m.sends[v.ID] = true
			for _, id := range v.Files {
				m.sends[id] = true
			}
		}
	}
	return m, nil
}

func (c *Config) inspectPart(ctx context.Context, p part, how Inspection) (all []Finding, looked int, err error) {
	if !how.Remotes || p.remote == "" {
		all, err = c.inspectHere(ctx, p, nil, how)
		return all, 0, err
	}
	err = c.with(ctx, p, func(side *remote.Side) error {
		side.LeaveDamaged(!how.Repair)
		if folder, ok := side.Folder(); ok && p.layout == object.Current {
			there := cache.New(folder, p.layout, c.Repo.Environment().Chance)
			if looked, all, err = c.inspectCache(ctx, there, how); err != nil {
				return err
			}
		}
		some, err := c.inspectHere(ctx, p, side, how)
		all = append(all, some...)
		return err
	})
	return all, looked, err
}

// inspectHere compares what is meant with the cache and, where side is not nil, with the
// remote; what is damaged is out of the way by now, where it is to be repaired.
func (c *Config) inspectHere(ctx context.Context, p part, side *remote.Side, how Inspection) (all []Finding, err error) {
	here, wrong := local{c.Repo.Cache(p.layout)}, c.astray(side)
	told, all, err := wrong.listings(ctx, p, side, here.Cache, how)
	if err != nil {
		return nil, err
	}
	m, err := c.mean(ctx, p, side)
	if err != nil {
		return nil, err
	}
	for _, s := range m.lost {
		if told[s.Out.ID] {
			continue
		}
		all = append(all, Finding{Trouble: Lost, Place: s.Out.Path, Err: fault.New(fault.NotFound, "its listing %s is nowhere", s.Out.ID)})
	}
	missing, err := here.Missing(ctx, m.ids)
	if err != nil {
		return nil, err
	}
	var there []object.ID
	if side != nil {
		if there, err = side.Missing(ctx, m.ids); err != nil {
			return nil, err
		}
	}
	again := false
	for id, state := range differences(missing, there) {
		again = again || state == Deleted && how.aside[id]
		switch {
		case state == Missing && wrong.has(id):
			all = append(all, wrong.finding(ctx, id, m.names[id], here.Cache, how))
		case state == Missing, state == Deleted && side == nil:
			all = append(all, c.lost(ctx, p, id, m.names[id], how))
		case state == New && m.sends[id] && !told[id]:
			all = append(all, Finding{Trouble: Unsent, Place: m.names[id]})
		}
	}
	if again && side != nil {
		r, err := transfer.Transfer(ctx, side, here, m.has, side.Jobs(how.Jobs))
		if err != nil {
			return nil, err
		}
		for _, f := range r.Failed {
			all = append(all, Finding{Trouble: Lost, Place: m.names[f.ID], Err: f.Err})
		}
	}
	if how.Repair && side != nil {
		if err := c.resend(ctx, side, here, m, all, how); err != nil {
			return nil, err
		}
	}
	if side != nil {
		how.count(p, len(m.ids), all)
	}
	slices.SortFunc(all, func(a, b Finding) int { return strings.Compare(a.Place, b.Place) })
	return all, nil
}

// lost is an object that is nowhere. The file of the working copy is taken where it is
// what the object was.
func (c *Config) lost(ctx context.Context, p part, id object.ID, name string, how Inspection) Finding {
	f := Finding{Trouble: Lost, Place: name}
	if !how.Repair || id.Dir || p.layout != object.Current {
		return f
	}
	file, err := os.Open(c.Repo.Path(name))
	if err != nil {
		f.Err = fault.New(fault.NotFound, "it is not in the working copy either")
		return f
	}
	info, err := file.Stat()
	if err == nil {
		err = c.Repo.Cache(p.layout).Store(ctx, id, file, info.Size())
	}
	f.Err = errors.Join(err, file.Close())
	if fault.Is(f.Err, fault.Conflict) {
		f.Err = fault.New(fault.Conflict, "the file in the working copy is another")
	}
	f.Mended = f.Err == nil
	return f
}

// resend pushes what the remote lacks, and marks what is there now.
func (c *Config) resend(ctx context.Context, side *remote.Side, here local, m *meant, all []Finding, how Inspection) error {
	if !slices.ContainsFunc(all, func(f Finding) bool { return f.Trouble == Unsent || f.Mended }) {
		return nil
	}
	r, err := transfer.Transfer(ctx, here, side, m.send, side.Jobs(how.Jobs))
	if err != nil {
		return err
	}
	failed := map[string]error{}
	for _, f := range r.Failed {
		failed[m.names[f.ID]] = f.Err
	}
	for i := range all {
		if all[i].Trouble == Unsent || all[i].Trouble == Astray && all[i].Mended {
			all[i].Err = failed[all[i].Place]
			all[i].Mended = all[i].Err == nil
		}
	}
	return side.Sync()
}
