package lineage

import (
	"context"
	"regexp"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

const (
	// action is the permission that seeing a node takes.
	action = "lineage.read"
	// maxFound is how many things a name may mean before it says too little.
	maxFound = 20
)

// attributes are the entity of a node's own fields.
const attributes = "attribute"

// Attribute is a field of nodes that a visible condition compares: urn, kind,
// name or actor.
func Attribute(key string) filter.Field { return filter.Field{Entity: attributes, Key: key} }

// schema places the fields of nodes, listed as n.
type schema struct{}

// Place finds a field.
func (schema) Place(f filter.Field) (filter.Place, bool) {
	if f.Entity != attributes {
		return filter.Place{}, false
	}
	switch f.Key {
	case "urn", "kind", "name", "actor":
		return filter.Place{Kind: filter.Text, Column: "n." + f.Key}, true
	}
	return filter.Place{}, false
}

// query begins a statement over nodes of a workspace: begin, the workspace and
// what the caller may see there. Conditions complete it.
func (s *Service) query(ctx context.Context, workspace, begin string) (*filter.Query, string, error) {
	c := caller.From(ctx)
	c.Workspace = workspace
	visible, err := s.Access.Visible(caller.With(ctx, c), action)
	if err != nil {
		return nil, "", err
	}
	q := &filter.Query{Dialect: s.DB.Dialect()}
	statement := begin + q.Arg(workspace)
	where, err := filter.Render(q, schema{}, visible)
	return q, statement + " AND " + where, err
}

// find finds one node that the caller may see. fault.NotFound.
func (s *Service) find(ctx context.Context, workspace string, u urn.URN) (found, error) {
	q, statement, err := s.query(ctx, workspace, listNodes)
	var f found
	if err == nil {
		var all []found
		all, err = rows.Collect(ctx, s.DB.Read(), scanFound, statement+" AND n.urn = "+q.Arg(u.String()), q.Args()...)
		if err == nil {
			all, err = readable(ctx, s, workspace, all, false, itself)
		}
		if err == nil && len(all) == 0 {
			err = rows.ErrNone
		}
		if err == nil {
			f = all[0]
		}
	}
	// Who may not look into another workspace is not told what is there.
	if rows.IsNone(err) || fault.Is(err, fault.Denied) && workspace != caller.Workspace(ctx) {
		return f, fault.WithHint(fault.New(fault.NotFound, "No event tells of %s.", u), "tacit lineage takes a URN, a run's id, models:/name/version, models:/name@alias or a file")
	}
	return f, err
}

// itself is a node as it was found.
func itself(f *found) *found { return f }

// steps leads from nodes to their neighbours in a direction.
func (s *Service) steps(ctx context.Context, workspace string, ids []int64, d Direction) ([]step, error) {
	begin, end := sourcesOf, "e.target"
	if d == Down {
		begin, end = targetsOf, "e.source"
	}
	q, statement, err := s.query(ctx, workspace, begin)
	if err != nil {
		return nil, err
	}
	statement += " AND " + end + " IN " + rows.Listed[int64](q.Dialect, next(q)) + " ORDER BY e.time, n.id, e.relation"
	all, err := rows.Collect(ctx, s.DB.Read(), scanStep, statement, append(q.Args(), rows.List(q.Dialect, ids))...)
	if err != nil {
		return nil, err
	}
	return readable(ctx, s, workspace, all, true, func(t *step) *found { return &t.found })
}

// neighbours are the ids of the nodes next to others in a direction, so many at
// most. Whoever may not read everything is told of none, since an id does not
// say what it stands for.
func (s *Service) neighbours(ctx context.Context, workspace string, ids []int64, d Direction, most int) ([]int64, error) {
	if may, err := s.reader(ctx, workspace); err != nil || may != nil {
		return nil, err
	}
	begin, end := sourceIDs, "e.target"
	if d == Down {
		begin, end = targetIDs, "e.source"
	}
	q, statement, err := s.query(ctx, workspace, begin)
	if err != nil {
		return nil, err
	}
	list := rows.Listed[int64](q.Dialect, next(q))
	statement += " AND " + end + " IN " + list + " LIMIT " + rows.Placeholder(next(q)+1)
	return rows.Collect(ctx, s.DB.Read(), rows.Column[int64], statement, append(q.Args(), rows.List(q.Dialect, ids), most)...)
}

// next is the number of the argument that follows those of q.
func next(q *filter.Query) int { return len(q.Args()) + 1 }

// isActor reports whether a URN names one who acts.
func isActor(u urn.URN) bool { return u.Kind == "user" || u.Kind == "service" || u.Kind == "system" }

// madeBy are the things that an actor made.
func (s *Service) madeBy(ctx context.Context, workspace string, actor urn.URN, id int64) ([]step, error) {
	q, statement, err := s.query(ctx, workspace, listNodes)
	if err != nil {
		return nil, err
	}
	statement += " AND n.actor <> '' AND n.actor = " + q.Arg(actor.String()) + " ORDER BY n.id LIMIT " + q.Arg(maxCounted)
	all, err := rows.Collect(ctx, s.DB.Read(), scanFound, statement, q.Args()...)
	if err == nil {
		all, err = readable(ctx, s, workspace, all, false, itself)
	}
	steps := make([]step, len(all))
	for i, f := range all {
		steps[i] = step{from: id, relation: event.CausedBy, event: f.node.Event, time: f.node.First, found: f}
	}
	return steps, err
}

// looksLikeID matches the beginning of an id: of a run, or of a logged model.
var looksLikeID = regexp.MustCompile(`^(m-)?[0-9a-f-]{8,36}$`)

// Named says which thing is meant by a word a person types: a URN, the id of a
// run or a logged model or the first 8 or more characters of it,
// models:/name/version, models:/name@alias, models:/m-<id>, or a digest. It
// gives those that the caller may see, at most 20; none is no error.
func (s *Service) Named(ctx context.Context, word string) (_ []Node, err error) {
	defer fault.Wrap(&err, "lineage.Named(%q)", word)
	if _, err := s.catchUp(ctx); err != nil {
		return nil, err
	}
	here := caller.Workspace(ctx)
	switch rest, model := strings.CutPrefix(word, "models:/"); {
	case strings.HasPrefix(word, "tacit:"):
		u, err := urn.Parse(word)
		if err != nil {
			return nil, fault.Because(err, fault.Invalid, "%q is not a URN.", word)
		}
		return s.one(ctx, here, local(u, here))
	case model:
		u, err := s.model(ctx, strings.Trim(rest, "/"))
		if err != nil || u.IsZero() {
			return nil, err
		}
		return s.one(ctx, here, u)
	case len(word) > maxName:
		return nil, nil
	}
	all, err := s.list(ctx, here, " AND n.digest <> '' AND n.digest = ", word)
	if err != nil || !looksLikeID.MatchString(word) {
		return all, err
	}
	for _, kind := range []string{"run", "logged-model"} {
		more, err := s.list(ctx, here, " AND n.urn >= ", urn.New(kind, word).String())
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// one is a node in a list, none when it is not there.
func (s *Service) one(ctx context.Context, here string, u urn.URN) ([]Node, error) {
	workspace := here
	if u.Workspace != "" {
		workspace = u.Workspace
	}
	f, err := s.find(ctx, workspace, u.In(""))
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	f.node.URN = u
	return []Node{f.node}, err
}

// list gives nodes by a condition whose last word is an argument. One on URNs
// takes those that begin so.
func (s *Service) list(ctx context.Context, workspace, condition, value string) ([]Node, error) {
	q, statement, err := s.query(ctx, workspace, listNodes)
	if err != nil {
		return nil, err
	}
	statement += condition + q.Arg(value)
	if strings.HasSuffix(condition, ">= ") {
		statement += " AND n.urn < " + q.Arg(value+"\U0010ffff")
	}
	all, err := rows.Collect(ctx, s.DB.Read(), scanFound, statement+" ORDER BY n.urn LIMIT "+q.Arg(maxFound), q.Args()...)
	if err == nil {
		all, err = readable(ctx, s, workspace, all, false, itself)
	}
	nodes := make([]Node, len(all))
	for i, f := range all {
		nodes[i] = f.node
	}
	return nodes, err
}

// model understands what follows models:/, the zero URN when nothing is meant.
func (s *Service) model(ctx context.Context, rest string) (urn.URN, error) {
	name, version, numbered := strings.Cut(rest, "/")
	if numbered && name != "" && version != "" && strings.Trim(version, "0123456789") == "" {
		return urn.New("model", name, version), nil
	}
	if at := strings.LastIndexByte(rest, '@'); at > 0 && !numbered {
		found, err := rows.One(ctx, s.DB.Read(), rows.Column[string], selectAlias, caller.Workspace(ctx), urn.New("model", rest[:at]).String(), rest[at+1:])
		if rows.IsNone(err) {
			return urn.URN{}, nil
		}
		if err != nil {
			return urn.URN{}, err
		}
		return urn.Parse(found)
	}
	switch {
	case numbered || name == "":
		return urn.URN{}, fault.New(fault.Invalid, "models:/%s names no version by its number or alias.", rest)
	case strings.HasPrefix(name, "m-"):
		return urn.New("logged-model", name), nil
	}
	return urn.New("model", name), nil
}
