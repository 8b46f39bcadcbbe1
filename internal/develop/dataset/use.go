package dataset

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/page"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// How it is known that a run used some data.
const (
	BySource = "source" // the address that the run gave is the object's
	ByTag    = "tag"    // the run's input names it by a tag
)

// Use is that a run used some data.
type Use struct {
	Run     string // its id
	Context string // in which the run used it, as in "training"; "" where it does not say
	By      string // BySource or ByTag
	Used    time.Time

	RunName, Experiment string         // of a run that the caller may see
	Models              []ModelVersion // made from the run
}

// Runs are the neighbours that know runs, and what was made of them.
type Runs interface {
	// Heads gives those of the runs that the caller may see, by id.
	Heads(ctx context.Context, ids []string) (map[string]RunHead, error)
	// Models gives the model versions that were made of runs and that the caller may
	// see, by run.
	Models(ctx context.Context, runs []string) (map[string][]ModelVersion, error)
}

// RunHead is how a person knows a run.
type RunHead struct{ Name, Experiment string }

// ModelVersion is a version of a registered model.
type ModelVersion struct {
	Name   string
	Number int64
}

// Uses are the runs that used the data of a name and that the caller may see, the last
// first. A page of them may be short, and none of its runs seen.
func (s *Service) Uses(ctx context.Context, id object.ID, p Paging) (all []Use, next string, err error) {
	defer fault.Wrap(&err, "dataset.Uses(%s)", id)
	scope := page.Scope("data uses", id.String())
	at, err := s.after(scope, p, int64(math.MaxInt64), "", "")
	if err != nil {
		return nil, "", err
	}
	all, err = rows.Collect(ctx, s.DB.Read(), scanUse, selectUses, caller.Workspace(ctx), id.String(), at[0], at[1], at[2], p.limit()+1)
	if err != nil {
		return nil, "", err
	}
	if len(all) > p.limit() {
		all = all[:p.limit()]
		last := all[len(all)-1]
		next = s.next(scope, last.Used.UnixMicro(), last.Run, last.Context)
	}
	all, err = s.seen(ctx, all)
	return all, next, err
}

// seen leaves of uses those whose runs the caller may see, with what is known of these.
func (s *Service) seen(ctx context.Context, all []Use) (seen []Use, err error) {
	if len(all) == 0 || s.Runs == nil {
		return all, nil
	}
	ids := make([]string, len(all))
	for i, u := range all {
		ids[i] = u.Run
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	heads, err := s.Runs.Heads(ctx, ids)
	if err != nil {
		return nil, err
	}
	models, err := s.Runs.Models(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, u := range all {
		if head, ok := heads[u.Run]; ok {
			u.RunName, u.Experiment, u.Models = head.Name, head.Experiment, models[u.Run]
			seen = append(seen, u)
		}
	}
	return seen, nil
}

// Data is what a run used.
type Data struct {
	ID       object.ID
	Context  string
	By       string
	Used     time.Time
	Versions []Version // of that name, in all remotes; none where nobody pushed it
}

// DataOf is what a run used, the first first. Who asks must be somebody who may see the
// run.
func (s *Service) DataOf(ctx context.Context, run string) (all []Data, err error) {
	defer fault.Wrap(&err, "dataset.DataOf(%s)", run)
	all, err = rows.Collect(ctx, s.DB.Read(), scanData, selectData, caller.Workspace(ctx), run)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Versions, err = s.Find(ctx, all[i].ID); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Input is what a run says of data that it used.
type Input struct {
	Run     string
	Source  string // the address, or JSON that has it: {"url": "http://host/dvc/churn/files/md5/…"}
	Context string
	MD5     string // what the tag tacit.data.md5 of the input says, "" where it has none
}

// MD5Tag is the tag of a run's input that names the data by the hash of its bytes.
const MD5Tag = "tacit.data.md5"

// maxContext is how much of a context is kept, in bytes.
const maxContext = 250

// NoteUse notes which data a run used where that is told: by the tag, or by an address
// that is an object's, as http://host/dvc/churn/files/md5/ab/cdef….
// Nobody need have pushed it yet. It gives the names of what is noted in lineage, none
// where nothing is told.
func (s *Service) NoteUse(ctx context.Context, tx *rows.Tx, in Input) (_ []urn.URN, err error) {
	defer fault.Wrap(&err, "dataset.NoteUse(%s)", in.Run)
	id, by, ok := in.names()
	if !ok {
		return nil, nil
	}
	if len(in.Context) > maxContext {
		in.Context = strings.ToValidUTF8(in.Context[:maxContext], "")
	}
	_, err = tx.Exec(ctx, insertUse, caller.Workspace(ctx), id.String(), in.Run, in.Context, by, s.Now().UnixMicro())
	return []urn.URN{DataURN(id)}, err
}

// names is the data that an input names, and by what.
func (in Input) names() (id object.ID, by string, ok bool) {
	if id, err := object.Parse(in.MD5); err == nil {
		return id, ByTag, true
	}
	var fields map[string]any
	if json.Unmarshal([]byte(in.Source), &fields) != nil {
		id, ok = objectAt(in.Source)
		return id, BySource, ok
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if text, is := fields[key].(string); is {
			if id, ok := objectAt(text); ok {
				return id, BySource, true
			}
		}
	}
	return id, "", false
}

// objectAt is the object that lies at an address: below any remote in DVC 3's layout,
// and in that of DVC 2 below one that tacit keeps.
func objectAt(address string) (object.ID, bool) {
	u, err := url.Parse(address)
	if err != nil {
		return object.ID{}, false
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if u.Scheme == "s3" && u.Host != "" {
		parts = append([]string{"s3", u.Host}, parts...)
	}
	n := len(parts)
	for _, take := range []int{4, 2} {
		if n < take || take == 2 && (n < 4 || parts[n-4] != "dvc" && parts[n-4] != "s3") {
			continue
		}
		if id, layout, err := object.ParsePath(strings.Join(parts[n-take:], "/")); err == nil && (layout == object.Current) == (take == 4) {
			return id, true
		}
	}
	return object.ID{}, false
}
