package lineage

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

const (
	// maxURN is the longest URN of a node, in bytes: PostgreSQL's indexes take
	// no longer text. A thing with a longer one is not in the graph.
	maxURN = 2000
	// maxName is the longest name of a node, in characters.
	maxName = 200
)

// The last words of verbs that say what became of their subject, whatever room
// they come from.
const (
	created  = "created"
	stored   = "stored"
	hashed   = "hashed"
	reported = "reported"
	deleted  = "deleted"
	purged   = "purged"
	restored = "restored"
	renamed  = "renamed"
)

// fileStored is the verb of bytes that are another's than before, so their digest is.
const fileStored = "artifact.file.stored"

// The verbs about aliases, whose subject is the version.
const (
	aliasSet     = "registry.alias.set"
	aliasRemoved = "registry.alias.removed"
)

// Take adds events to the graph, in their order, all or none.
func (s *Service) Take(ctx context.Context, all []event.Event) (err error) {
	defer fault.Wrap(&err, "lineage.Take(%d)", len(all))
	if !slices.ContainsFunc(all, tells) {
		return nil
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		r := recorder{tx, map[place]int64{}}
		left, err := s.Events.AsLeft(ctx, tx, all)
		if err != nil {
			return err
		}
		for _, e := range left {
			if !tells(e) {
				continue
			}
			if err := r.take(ctx, e); err != nil {
				return fault.Because(err, fault.Internal, "The event %s cannot be taken.", e.ID)
			}
		}
		return nil
	})
}

// tells reports whether an event can change the graph.
func tells(e event.Event) bool {
	if e.Outcome != event.Done || e.Subject.IsZero() || aboutPeople(e) && e.Verb != workspaceDeleted {
		return false
	}
	switch participle(e.Verb) {
	case created, stored, hashed, reported, deleted, purged, restored, renamed, "updated", "ended":
		return true
	}
	return len(e.Links) > 0 || e.Verb == aliasSet || e.Verb == aliasRemoved
}

// aboutPeople reports whether an event is about people, accounts and the log itself:
// those who act are in the graph by what they made.
func aboutPeople(e event.Event) bool {
	return strings.HasPrefix(e.Verb, "access.") || strings.HasPrefix(e.Verb, "audit.")
}

func participle(verb string) string { return verb[strings.LastIndexByte(verb, '.')+1:] }

// place is where a node lies.
type place struct{ workspace, urn string }

// recorder writes events into the graph inside one transaction.
type recorder struct {
	tx  *rows.Tx
	ids map[place]int64 // of nodes that were looked up
}

func (r *recorder) take(ctx context.Context, e event.Event) error {
	if e.Subject = local(e.Subject, e.Workspace); len(e.Subject.String()) > maxURN {
		return nil
	}
	var t told
	if raw, ok := e.Data.(json.RawMessage); ok {
		_ = json.Unmarshal(raw, &t) // data of another form tells nothing
	}
	did := participle(e.Verb)
	switch {
	case e.Verb == aliasSet || e.Verb == aliasRemoved:
		return r.alias(ctx, e, t)
	case e.Verb == workspaceDeleted:
		return r.merge(ctx, e)
	case did == deleted || did == purged:
		return r.mark(ctx, e, e.Time.UnixMicro())
	case did == restored:
		return r.mark(ctx, e, 0)
	case did == "updated" || did == "ended":
		id, err := r.known(ctx, e.Workspace, e.Subject)
		if err != nil || id == 0 || t.Name == "" {
			return err
		}
		_, err = r.tx.Exec(ctx, nameNode, e.Workspace, id, cut(t.Name))
		return err
	}
	if err := r.subject(ctx, e, t, did); err != nil {
		return err
	}
	for _, l := range e.Links {
		if err := r.link(ctx, e, l, t); err != nil {
			return err
		}
	}
	if did == renamed && len(e.Links) == 1 {
		return r.move(ctx, e)
	}
	return nil
}

// subject notes the thing that an event is about, and who made it.
func (r *recorder) subject(ctx context.Context, e event.Event, t told, did string) error {
	id, err := r.begun(ctx, e, e.Subject)
	if err != nil {
		return err
	}
	if t.Name != "" {
		if _, err := r.tx.Exec(ctx, nameNode, e.Workspace, id, cut(t.Name)); err != nil {
			return err
		}
	}
	if t.SHA256 != "" || e.Verb == fileStored { // what was stored before had another
		if _, err := r.tx.Exec(ctx, digestNode, e.Workspace, id, cut(t.SHA256)); err != nil {
			return err
		}
	}
	if did != created && did != stored && did != reported {
		return nil
	}
	within := ""
	if t.Experiment != "" && e.Subject.Kind == "run" {
		within = urn.New("experiment", cut(t.Experiment)).String()
	}
	if err := r.made(ctx, e, id, within); err != nil {
		return err
	}
	_, err = r.tx.Exec(ctx, markNode, e.Workspace, e.Subject.String(), int64(0), e.Position)
	return err
}

// made notes who made a thing, and in which experiment, unless an earlier event did.
// One who made nothing is no node by that. Of old events the actor is taken out.
func (r *recorder) made(ctx context.Context, e event.Event, id int64, within string) error {
	n, err := r.tx.Exec(ctx, madeNode, e.Workspace, id, e.Actor.String(), within, e.Position)
	if err != nil || n == 0 || e.Actor.IsZero() {
		return err
	}
	_, err = r.node(ctx, e, e.Workspace, e.Actor)
	return err
}

// link notes an edge. One across workspaces is kept in both, so that either
// can be walked.
func (r *recorder) link(ctx context.Context, e event.Event, l event.Link, t told) error {
	end := local(l.To, e.Workspace)
	if len(end.In(e.Workspace).String()) > maxURN || end.IsZero() {
		return nil
	}
	if namedByItsPath(e, end) {
		n, err := rows.One(ctx, r.tx, rows.Column[int64], selectMade, e.Workspace, end.String(), e.Position)
		if err != nil || n == 0 {
			return err
		}
	}
	if err := r.edge(ctx, e, e.Workspace, e.Subject, end, l.Relation); err != nil {
		return err
	}
	if name := t.Datasets[end.Name()]; name != "" && end.Kind == "data" {
		if err := r.named(ctx, e, end, cut(name)); err != nil {
			return err
		}
	}
	if end.Workspace == "" {
		return nil
	}
	if reportedByOthers(e) {
		if there, err := r.has(ctx, e, end); err != nil || !there {
			return err
		}
	}
	return r.edge(ctx, e, end.Workspace, e.Subject.In(e.Workspace), end.In(""), l.Relation)
}

// reportedByOthers reports whether another program told an event, of whatever it
// named: tacit asked nobody whether its ends are there.
func reportedByOthers(e event.Event) bool { return strings.HasPrefix(e.Verb, "lineage.") }

// namedByItsPath reports whether an end is the run or logged model that the path of a
// file names: whoever stores a file chooses its path, and what has that id may be
// elsewhere, or nowhere.
func namedByItsPath(e event.Event, end urn.URN) bool {
	return e.Subject.Kind == "artifact" && (end.Kind == "run" || end.Kind == "logged-model")
}

// has reports whether an event of another workspace's own told of a thing there
// before e did.
func (r *recorder) has(ctx context.Context, e event.Event, there urn.URN) (bool, error) {
	n, err := rows.One(ctx, r.tx, rows.Column[int64], selectBegun, there.Workspace, there.In("").String(), e.Time.UnixMicro())
	return n > 0, err
}

// named notes what the subject of an event calls data that it used or made: who may
// not read the one is not told the name.
func (r *recorder) named(ctx context.Context, e event.Event, data urn.URN, name string) error {
	giver, err := r.node(ctx, e, e.Workspace, e.Subject)
	if err != nil {
		return err
	}
	id, err := r.node(ctx, e, e.Workspace, data)
	if err != nil {
		return err
	}
	if _, err := r.tx.Exec(ctx, setName, e.Workspace, id, giver, name, e.Position); err != nil {
		return err
	}
	_, err = r.tx.Exec(ctx, nameNode, e.Workspace, id, name)
	return err
}

// edge notes an edge of a workspace between a subject and the end of its link.
func (r *recorder) edge(ctx context.Context, e event.Event, workspace string, subject, end urn.URN, relation event.Relation) error {
	if subject.String() == end.String() {
		return nil
	}
	source, err := r.node(ctx, e, workspace, end)
	if err != nil {
		return err
	}
	target, err := r.node(ctx, e, workspace, subject)
	if err != nil {
		return err
	}
	if !fromEnd(relation) {
		source, target = target, source
	}
	_, err = r.tx.Exec(ctx, insertEdge, workspace, source, target, string(relation), e.ID, e.Time.UnixMicro())
	return err
}

// known gives the id of a node, 0 when there is none.
func (r *recorder) known(ctx context.Context, workspace string, u urn.URN) (int64, error) {
	at := place{workspace, u.String()}
	if id := r.ids[at]; id != 0 {
		return id, nil
	}
	id, err := rows.One(ctx, r.tx, rows.Column[int64], selectID, at.workspace, at.urn)
	if rows.IsNone(err) {
		return 0, nil
	}
	if err == nil {
		r.ids[at] = id
	}
	return id, err
}

// begun gives the id of a node that an event is about, and notes the first that is:
// who names a thing tells nothing of when it began.
func (r *recorder) begun(ctx context.Context, e event.Event, u urn.URN) (int64, error) {
	id, err := r.node(ctx, e, e.Workspace, u)
	if err != nil {
		return 0, err
	}
	_, err = r.tx.Exec(ctx, beginNode, e.Workspace, id, e.ID, e.Time.UnixMicro())
	return id, err
}

// node gives the id of a node, which is made when there is none. Of data alone the
// event that names it is the first of it: it is told by what used or made it.
func (r *recorder) node(ctx context.Context, e event.Event, workspace string, u urn.URN) (int64, error) {
	id, err := r.known(ctx, workspace, u)
	if id != 0 || err != nil {
		return id, err
	}
	if id, err = rows.One(ctx, r.tx, rows.Column[int64], nextID, workspace); err != nil {
		return 0, err
	}
	digest := ""
	if u.Kind == "data" && u.Workspace == "" && len(u.Path) == 1 {
		digest = cut(u.Name())
	}
	first, at := "", int64(0)
	if isData(u) {
		first, at = e.ID, e.Time.UnixMicro()
	}
	_, err = r.tx.Exec(ctx, insertNode, workspace, id, u.String(), u.Kind, "", digest, "", "", first, at, e.Position, int64(0))
	r.ids[place{workspace, u.String()}] = id
	return id, err
}

// local is u as seen from a workspace.
func local(u urn.URN, workspace string) urn.URN {
	if u.Workspace == workspace {
		u.Workspace = ""
	}
	return u
}

// cut bounds a name, in characters, and leaves out what no engine can store.
func cut(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
	if r := []rune(s); len(r) > maxName {
		return string(r[:maxName])
	}
	return s
}
