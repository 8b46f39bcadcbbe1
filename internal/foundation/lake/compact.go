package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Compacted says what one Compact did.
type Compacted struct {
	Merged  int   // segments that were replaced
	Made    int   // by so many
	Rows    int64 // that were written
	Removed int   // segments that nobody reads any more
}

// Compact merges small segments of a table, day by day, and removes what was
// merged longer than Grace ago. Who queries sees each row once all the while. It
// may be broken off, and may run in two processes at once: then one does the
// work for nothing.
func (t *Tables) Compact(ctx context.Context, table Table) (done Compacted, err error) {
	defer fault.Wrap(&err, "lake.Compact(%s)", table.Name)
	if err := table.check(); err != nil {
		return done, err
	}
	t.compacts.Lock()
	defer t.compacts.Unlock()
	v, err := t.look(ctx, table, "", "")
	if err != nil {
		return done, err
	}
	var days []string
	for _, s := range v.all {
		if !slices.Contains(days, s.day) {
			days = append(days, s.day)
		}
	}
	for _, day := range days {
		err := t.compactDay(ctx, table, day, &done)
		if err != nil && !errors.Is(err, errChanged) {
			return done, err
		}
	}
	return done, nil
}

// compactDay merges what is worth it. It gives up when it takes so long that
// what it began with might be gone when it ends.
func (t *Tables) compactDay(ctx context.Context, table Table, day string, done *Compacted) error {
	ctx, cancel := context.WithTimeout(ctx, t.Grace/2)
	defer cancel()
	v, err := t.look(ctx, table, day, day+"~")
	if err != nil {
		return err
	}
	m := v.of(day).clone()
	now := t.Now()
	var made []string
	giveUp := func() {
		for _, name := range made {
			_ = t.Blobs.Delete(context.WithoutCancel(ctx), segmentKey(table, day, name))
		}
	}
	next := *done
	for _, group := range t.groups(v, m, day, now) {
		name := fmt.Sprintf("c-%s-%d.parquet", t.writer, t.made.Add(1))
		made = append(made, name)
		rows, err := t.mergeInto(ctx, segmentKey(table, day, name), group)
		if err != nil {
			giveUp()
			return err
		}
		m.Files = append(m.Files, name)
		for _, s := range group {
			if writer, number, ok := leafOf(s.name); ok {
				m.hold(writer, number)
			}
			m.Files = slices.DeleteFunc(m.Files, func(n string) bool { return n == s.name })
		}
		next.Merged, next.Made, next.Rows = next.Merged+len(group), next.Made+1, next.Rows+rows
	}
	due, changed := m.tidy(v.all, now.UnixMicro(), now.Add(-t.Grace).UnixMicro())
	if len(made) > 0 || changed {
		if err := t.say(ctx, table, day, v.etags[day], m); err != nil {
			if errors.Is(err, errChanged) {
				giveUp()
			}
			// After another error nobody knows what the manifest says: what was made
			// stays, and goes later when it is not in it.
			return err
		}
	}
	*done = next
	for _, name := range due {
		if err := t.Blobs.Delete(ctx, segmentKey(table, day, name)); err != nil {
			return err
		}
		done.Removed++
	}
	return nil
}

// tidy says which of what lies there and is not seen may go: what was dropped
// before before. It notes what is new.
func (m *manifest) tidy(all []stored, now, before int64) (due []string, changed bool) {
	old := m.Dropped
	m.Dropped = nil
	for _, s := range all {
		if m.sees(s.name) {
			continue
		}
		i := slices.IndexFunc(old, func(d dropped) bool { return d.Name == s.name })
		if i < 0 {
			m.Dropped, changed = append(m.Dropped, dropped{s.name, now}), true
			continue
		}
		m.Dropped = append(m.Dropped, old[i])
		if old[i].At < before {
			due = append(due, s.name)
		}
	}
	return due, changed || len(m.Dropped) < len(old)
}

// groups are the segments to merge. While a day goes on, so many of like size
// are waited for that a row is written a few times only; later all small ones go
// together.
func (t *Tables) groups(v *view, m *manifest, day string, now time.Time) [][]stored {
	over := day < now.UTC().AddDate(0, 0, -1).Format(time.DateOnly)
	tiers := map[int][]stored{}
	for _, s := range v.all {
		if !m.sees(s.name) || s.Size >= t.Segment/2 {
			continue
		}
		tier := 0
		if !over {
			tier = bits.Len64(uint64(s.Size)>>16) / 3
		}
		tiers[tier] = append(tiers[tier], s)
	}
	least := t.Least
	if over {
		least = 2
	}
	var all [][]stored
	for tier := range 64 {
		group, size := []stored(nil), int64(0)
		for _, s := range tiers[tier] {
			group, size = append(group, s), size+s.Size
			if size >= t.Segment {
				all = append(all, group)
				group, size = nil, 0
			}
		}
		if len(group) >= least {
			all = append(all, group)
		}
	}
	return all
}

// mergeInto writes one segment of many.
func (t *Tables) mergeInto(ctx context.Context, key string, group []stored) (rows int64, err error) {
	var paths []string
	for _, s := range group {
		path, release, err := t.local(ctx, s)
		if err != nil {
			return 0, err
		}
		defer release()
		paths = append(paths, path)
	}
	err = t.store(ctx, key, func(w io.Writer) error {
		rows, err = merge(w, paths)
		return err
	})
	return rows, err
}
