package lineage

import (
	"context"
	"encoding/json"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// workspaceDeleted is the verb by which a workspace ends; its data says where what
// was in it is now.
const workspaceDeleted = "access.workspace.deleted"

// ended is what this room reads of the end of a workspace.
type ended struct {
	To     string `json:"to,omitempty"`     // the workspace that its things were moved to, "" for none
	Folder string `json:"folder,omitempty"` // of that one's files, in which those of this one lie
}

// merger gives the graph of a workspace to another.
type merger struct {
	recorder
	from, to, folder string
	experiments      map[string]string // by URN in from, what they are in to
	moved            map[int64]int64   // nodes of to by those of from
}

// merge follows the things of a workspace that ended to where they were moved: the
// experiments by the links that were told of them, the others under their names.
func (r recorder) merge(ctx context.Context, e event.Event) error {
	var end ended
	raw, ok := e.Data.(json.RawMessage)
	if !ok || json.Unmarshal(raw, &end) != nil || end.To == "" || end.To == e.Workspace {
		return nil
	}
	m := merger{recorder: r, from: e.Workspace, to: end.To, folder: end.Folder, experiments: map[string]string{}, moved: map[int64]int64{}}
	clear(m.ids) // nodes get others
	for _, step := range []func(context.Context) error{m.learn, m.others, m.nodes, m.edges, m.rest} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	clear(m.ids)
	return nil
}

// learn finds which experiment is which.
func (m merger) learn(ctx context.Context) error {
	low := "tacit:@" + m.from + "/experiment/"
	all, err := rows.Collect(ctx, m.tx, scanGiven, selectDerived, m.to, low, after(low))
	if err != nil {
		return err
	}
	for _, g := range all {
		was, err := urn.Parse(g.giver)
		if err != nil {
			return err
		}
		m.experiments[was.In("").String()] = g.name
	}
	return nil
}

// after is the text that follows all that begin with one that ends in a slash.
func after(prefix string) string { return prefix[:len(prefix)-1] + "0" }

// called is what a thing, as from names it, is called in to.
func (m merger) called(u urn.URN) urn.URN {
	switch {
	case u.Workspace == m.to:
		return u.In("")
	case u.Workspace != "":
		return u
	case u.Kind == "experiment":
		if is, err := urn.Parse(m.experiments[u.String()]); err == nil {
			return is
		}
	case u.Kind == "artifact":
		return urn.New(u.Kind, append([]string{m.folder}, u.Path...)...)
	}
	return u
}

// others has the other workspaces, to among them, call the things of from by what
// they are now.
func (m merger) others(ctx context.Context) error {
	workspaces, err := rows.Collect(ctx, m.tx, rows.Column[string], selectOthers, m.from)
	if err != nil {
		return err
	}
	low := "tacit:@" + m.from + "/"
	for _, workspace := range workspaces {
		all, err := rows.Collect(ctx, m.tx, scanChild, selectNamed, workspace, low, after(low))
		if err != nil {
			return err
		}
		for _, c := range all {
			is := m.called(c.urn.In(""))
			if workspace != m.to {
				is = is.In(m.to)
			}
			if err := m.become(ctx, workspace, c.id, is); err != nil {
				return err
			}
		}
	}
	return nil
}

// become gives a node another URN. Where a node has it already, the edges become
// that one's.
func (m merger) become(ctx context.Context, workspace string, id int64, is urn.URN) error {
	there, err := rows.One(ctx, m.tx, rows.Column[int64], selectID, workspace, is.String())
	if rows.IsNone(err) {
		_, err = m.tx.Exec(ctx, renameNode, workspace, id, is.String())
		return err
	}
	if err != nil {
		return err
	}
	for _, statement := range []string{copySources, copyTargets} {
		if _, err := m.tx.Exec(ctx, statement, workspace, id, there); err != nil {
			return err
		}
	}
	for _, statement := range []string{deleteEdgesOf, deleteNode} {
		if _, err := m.tx.Exec(ctx, statement, workspace, id); err != nil {
			return err
		}
	}
	return nil
}

// mergedAtOnce bounds what is read at once.
const mergedAtOnce = 1000

// nodes makes the things of from those of to.
func (m merger) nodes(ctx context.Context) error {
	for last := int64(0); ; {
		some, err := rows.Collect(ctx, m.tx, scanWhole, selectNodes, m.from, last, mergedAtOnce)
		if err != nil {
			return err
		}
		for _, n := range some {
			last = n.id
			if err := m.node(ctx, n); err != nil {
				return err
			}
		}
		if len(some) < mergedAtOnce {
			return nil
		}
	}
}

// node makes one thing of from one of to, which may have it already: data that both
// used, and who made something.
func (m merger) node(ctx context.Context, n whole) error {
	u, err := urn.Parse(n.urn)
	if err != nil {
		return err
	}
	is := m.called(u)
	if len(is.String()) > maxURN {
		return nil
	}
	if in, err := urn.Parse(n.within); err == nil {
		n.within = m.called(in).String()
	}
	id, err := m.known(ctx, m.to, is)
	if err != nil {
		return err
	}
	if id != 0 {
		m.moved[n.id] = id
		_, err := m.tx.Exec(ctx, fillNode, m.to, id, n.name, n.digest, n.actor, n.within, n.event, n.time, n.position, n.deleted, n.marked, n.made)
		return err
	}
	if id, err = rows.One(ctx, m.tx, rows.Column[int64], nextID, m.to); err != nil {
		return err
	}
	m.moved[n.id] = id
	if _, err := m.tx.Exec(ctx, insertNode, m.to, id, is.String(), is.Kind, n.name, n.digest, n.actor, n.within, n.event, n.time, n.position, n.made); err != nil {
		return err
	}
	_, err = m.tx.Exec(ctx, markNode, m.to, is.String(), n.deleted, n.marked)
	return err
}

// edges makes the edges of from those of to.
func (m merger) edges(ctx context.Context) error {
	all, err := rows.Collect(ctx, m.tx, scanEdge, selectEdges, m.from)
	if err != nil {
		return err
	}
	for _, e := range all {
		source, target := m.moved[e.source], m.moved[e.target]
		if source == 0 || target == 0 || source == target {
			continue
		}
		if _, err := m.tx.Exec(ctx, insertEdge, m.to, source, target, e.relation, e.event, e.time); err != nil {
			return err
		}
	}
	return nil
}

// rest gives aliases and names to to, and leaves nothing in from, nor in to who acted
// in from on what others made.
func (m merger) rest(ctx context.Context) error {
	for _, of := range []struct{ all, set string }{{selectAliases, setAlias}, {selectGiven, setName}} {
		some, err := rows.Collect(ctx, m.tx, scanTied, of.all, m.from)
		if err != nil {
			return err
		}
		for _, t := range some {
			if m.moved[t.first] == 0 || m.moved[t.second] == 0 {
				continue
			}
			args := []any{m.to, m.moved[t.first], t.text, m.moved[t.second], t.position}
			if of.set == setName {
				args[2], args[3] = args[3], args[2]
			}
			if _, err := m.tx.Exec(ctx, of.set, args...); err != nil {
				return err
			}
		}
	}
	actors, err := rows.Collect(ctx, m.tx, rows.Column[string], selectActors, m.from)
	if err != nil {
		return err
	}
	for _, statement := range []string{dropNames, dropAliases, dropEdges, dropNodes} {
		if _, err := m.tx.Exec(ctx, statement, m.from); err != nil {
			return err
		}
	}
	for _, actor := range actors {
		if _, err := m.tx.Exec(ctx, deleteLoneActor, m.to, actor); err != nil {
			return err
		}
	}
	return nil
}
