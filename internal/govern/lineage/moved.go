package lineage

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// below gives the bounds of the URNs whose path lies below u: from low up to
// high, which follows all that begin with u and a slash.
func below(u urn.URN) (low, high string) { return u.String() + "/", u.String() + "0" }

// mark notes that a thing, and what lies in it, is gone since a time in µs, or
// is there again when it is 0.
func (r *recorder) mark(ctx context.Context, e event.Event, gone int64) error {
	name := e.Subject.String()
	low, high := below(e.Subject)
	if _, err := r.tx.Exec(ctx, markNode, e.Workspace, name, gone, e.Position); err != nil {
		return err
	}
	if _, err := r.tx.Exec(ctx, markBelow, e.Workspace, low, high, gone, e.Position); err != nil {
		return err
	}
	if _, err := r.tx.Exec(ctx, markWithin, e.Workspace, name, gone, e.Position); err != nil {
		return err
	}
	id, err := r.known(ctx, e.Workspace, e.Subject)
	if err != nil || id == 0 || gone == 0 {
		return err
	}
	if _, err := r.tx.Exec(ctx, removeAliasesOfNode, e.Workspace, id, e.Position); err != nil {
		return err
	}
	_, err = r.tx.Exec(ctx, removeAliasesOfModel, e.Workspace, id, e.Position)
	return err
}

// alias points an alias of a model at one of its versions, or takes it away.
func (r *recorder) alias(ctx context.Context, e event.Event, t told) error {
	if len(e.Subject.Path) != 2 || t.Alias == "" {
		return nil
	}
	model, err := r.node(ctx, e, e.Workspace, urn.New(e.Subject.Kind, e.Subject.Path[0]))
	if err != nil {
		return err
	}
	if e.Verb == aliasRemoved {
		_, err := r.tx.Exec(ctx, removeAlias, e.Workspace, model, t.Alias, e.Position)
		return err
	}
	version, err := r.begun(ctx, e, e.Subject)
	if err != nil {
		return err
	}
	_, err = r.tx.Exec(ctx, setAlias, e.Workspace, model, t.Alias, version, e.Position)
	return err
}

// move follows a registered model to its new name: each of its versions is a
// thing of the new name, derived from the one of the old.
func (r *recorder) move(ctx context.Context, e event.Event) error {
	was := local(e.Links[0].To, e.Workspace)
	if was.Workspace != "" || was.String() == e.Subject.String() {
		return nil
	}
	low, high := below(was)
	children, err := rows.Collect(ctx, r.tx, scanChild, selectBelow, e.Workspace, low, high, e.Position)
	if err != nil {
		return err
	}
	from, err := r.node(ctx, e, e.Workspace, was)
	if err != nil {
		return err
	}
	to, err := r.node(ctx, e, e.Workspace, e.Subject)
	if err != nil {
		return err
	}
	for _, c := range children {
		if err := r.moveChild(ctx, e, c, len(was.Path), from, to); err != nil {
			return err
		}
	}
	gone := e
	gone.Subject = was
	return r.mark(ctx, gone, e.Time.UnixMicro())
}

// moveChild gives a version its new name, and the aliases that point at it. A
// path of depth names is what was renamed, from and to are the models.
func (r *recorder) moveChild(ctx context.Context, e event.Event, c child, depth int, from, to int64) error {
	moved := urn.New(e.Subject.Kind, append(slices.Clone(e.Subject.Path), c.urn.Path[depth:]...)...)
	if len(moved.String()) > maxURN {
		return nil
	}
	if err := r.edge(ctx, e, e.Workspace, moved, c.urn, event.DerivedFrom); err != nil {
		return err
	}
	if err := r.edge(ctx, e, e.Workspace, moved, e.Subject, event.VersionOf); err != nil {
		return err
	}
	id, err := r.begun(ctx, e, moved)
	if err != nil {
		return err
	}
	if err := r.made(ctx, e, id, ""); err != nil {
		return err
	}
	if _, err := r.tx.Exec(ctx, markNode, e.Workspace, moved.String(), int64(0), e.Position); err != nil {
		return err
	}
	pointing, err := rows.Collect(ctx, r.tx, rows.Column[string], selectPointing, e.Workspace, from, c.id, e.Position)
	if err != nil {
		return err
	}
	for _, alias := range pointing {
		if _, err := r.tx.Exec(ctx, setAlias, e.Workspace, to, alias, id, e.Position); err != nil {
			return err
		}
	}
	return nil
}
