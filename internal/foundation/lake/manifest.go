package lake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/blobs"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// A day of a table is a folder of segments. Those that come from write-ahead
// files, w-…, are seen by being there; those that compaction made, c-…, by being
// in the day's manifest, which also holds the names of the w- that are in them,
// forever. So one Put of the manifest puts a segment in place of others at once,
// what is replaced stays for a while for those who read it, and a w- that a
// process writes again after a crash is not seen twice.
type manifest struct {
	Files   []string              `json:"files,omitempty"`   // the c- that are seen
	Held    map[string][][2]int64 `json:"held,omitempty"`    // by writer: from and to, both in it, in order
	Dropped []dropped             `json:"dropped,omitempty"` // what is not seen any more and goes
}

type dropped struct {
	Name string `json:"name"`
	At   int64  `json:"at"` // microseconds
}

type cachedManifest struct {
	etag string
	manifest
}

const manifestFolder = "_manifest/"

func manifestKey(t Table, day string) string { return t.folder() + manifestFolder + day + ".json" }

// holds reports whether a segment of a write-ahead file is in one of Files.
func (m *manifest) holds(writer string, number int64) bool {
	return slices.ContainsFunc(m.Held[writer], func(r [2]int64) bool { return r[0] <= number && number <= r[1] })
}

// hold says so.
func (m *manifest) hold(writer string, number int64) {
	if m.holds(writer, number) {
		return
	}
	if m.Held == nil {
		m.Held = map[string][][2]int64{}
	}
	all := append(m.Held[writer], [2]int64{number, number})
	slices.SortFunc(all, func(a, b [2]int64) int { return int(a[0] - b[0]) })
	joined := all[:1]
	for _, r := range all[1:] {
		if last := &joined[len(joined)-1]; r[0] <= last[1]+1 {
			last[1] = max(last[1], r[1])
		} else {
			joined = append(joined, r)
		}
	}
	m.Held[writer] = joined
}

// sees reports whether a segment's rows are part of the table by this name.
func (m *manifest) sees(name string) bool {
	if writer, number, ok := leafOf(name); ok {
		return !m.holds(writer, number)
	}
	return slices.Contains(m.Files, name)
}

func (m *manifest) clone() *manifest {
	c := &manifest{slices.Clone(m.Files), maps.Clone(m.Held), slices.Clone(m.Dropped)}
	for w, r := range c.Held {
		c.Held[w] = slices.Clone(r)
	}
	return c
}

// stored is a segment in the store of bytes.
type stored struct {
	day, name string
	blobs.Info
}

// view is the segments of a table at one moment.
type view struct {
	all       []stored             // what lies there, seen or not
	manifests map[string]*manifest // by day; none means nothing was compacted
	etags     map[string]string
}

func (v *view) of(day string) *manifest {
	if m := v.manifests[day]; m != nil {
		return m
	}
	return &manifest{}
}

// errChanged is a view that changed while it was looked at.
var errChanged = errors.New("lake: the table changed while it was looked at")

// tries is how often what changes is looked at anew.
const tries = 50

// look gives the segments of the days from since on and before until. What lies
// there is listed between two looks at the manifests: when these are the same,
// all that they name was there.
func (t *Tables) look(ctx context.Context, table Table, since, until string) (*view, error) {
	for range tries {
		v, err := t.lookOnce(ctx, table, since, until)
		if err == nil || !errors.Is(err, errChanged) {
			return v, err
		}
	}
	return nil, fault.New(fault.Unavailable, "The table %q changes faster than it can be looked at.", table.Name)
}

func (t *Tables) lookOnce(ctx context.Context, table Table, since, until string) (*view, error) {
	v := &view{manifests: map[string]*manifest{}}
	var err error
	if v.etags, err = t.manifestTags(ctx, table, since, until); err != nil {
		return nil, err
	}
	for day, etag := range v.etags {
		if v.manifests[day], err = t.manifest(ctx, table, day, etag); err != nil {
			return nil, err
		}
	}
	if v.all, err = t.segments(ctx, table, since, until); err != nil {
		return nil, err
	}
	again, err := t.manifestTags(ctx, table, since, until)
	if err != nil {
		return nil, err
	}
	if !maps.Equal(v.etags, again) {
		return nil, errChanged
	}
	return v, nil
}

func within(day, since, until string) bool {
	return day >= since && (until == "" || day < until)
}

// manifestTags are the tags of the manifests, by day.
func (t *Tables) manifestTags(ctx context.Context, table Table, since, until string) (map[string]string, error) {
	prefix := table.folder() + manifestFolder
	entries, err := t.list(ctx, prefix)
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, e := range entries {
		day := strings.TrimSuffix(strings.TrimPrefix(e.Key, prefix), ".json")
		if within(day, since, until) {
			tags[day] = e.ETag
		}
	}
	return tags, nil
}

// manifest reads a manifest by its tag; errChanged when it has another by now.
func (t *Tables) manifest(ctx context.Context, table Table, day, etag string) (*manifest, error) {
	key := manifestKey(table, day)
	t.mu.Lock()
	c, ok := t.manifests[key]
	t.mu.Unlock()
	if ok && c.etag == etag {
		return &c.manifest, nil
	}
	body, info, err := t.Blobs.Get(ctx, key, blobs.Range{})
	if fault.Is(err, fault.NotFound) {
		return nil, errChanged
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	if info.ETag != etag {
		return nil, errChanged
	}
	c = cachedManifest{etag: etag}
	if err := json.NewDecoder(body).Decode(&c.manifest); err != nil {
		return nil, err
	}
	t.mu.Lock()
	t.manifests[key] = c
	t.mu.Unlock()
	return &c.manifest, nil
}

// segments lists what lies in the folders of days.
func (t *Tables) segments(ctx context.Context, table Table, since, until string) ([]stored, error) {
	prefix := table.folder() + partition + "="
	after := prefix + since
	var all []stored
	for {
		page, err := t.Blobs.List(ctx, blobs.List{Prefix: table.folder(), Deep: true, After: after})
		if err != nil || len(page) == 0 {
			return all, err
		}
		for _, e := range page {
			rest, ok := strings.CutPrefix(e.Key, prefix)
			day, name, _ := strings.Cut(rest, "/")
			if !ok || !within(day, since, until) {
				return all, nil
			}
			all = append(all, stored{day, name, e.Info})
		}
		after = page[len(page)-1].Key
	}
}

// say puts a manifest in place of the one with the tag etag, "" for none;
// errChanged when there is another by now.
func (t *Tables) say(ctx context.Context, table Table, day, etag string, m *manifest) error {
	now, err := t.Blobs.Stat(ctx, manifestKey(table, day))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if now.ETag != etag {
		return errChanged
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = t.Blobs.Put(ctx, manifestKey(table, day), bytes.NewReader(text), int64(len(text)))
	return err
}
