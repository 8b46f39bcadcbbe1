package policy

import (
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go/types"

	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Principal is who asks.
type Principal struct {
	URN        urn.URN  // a user or a service
	Role       string   // that holds in the request's workspace, "" for none
	Everywhere string   // that holds in all workspaces, "" for none
	Groups     []string // names of the groups of the workspace it is in
}

// Resource is what an action is asked on, as far as policies test it.
type Resource struct {
	Kind string // of its URN: run, experiment, model; version for a version of a model; workspace
	ID   string // the rest of the URN: a run's id, "churn" for a model, "churn/3" for a version
	Name string // what people call it; the model's for a version, the workspace's for a workspace
	Tags map[string]string
	// Within is what it is in: a run's experiment, a version's model; nil for
	// what lies in the workspace itself.
	Within *Resource
}

// Named is a resource of which only the URN is known.
func Named(u urn.URN, workspace string) Resource {
	switch {
	case u.IsZero():
		return Resource{Kind: workspaceKind, ID: workspace, Name: workspace}
	case u.Kind == "model" && len(u.Path) > 1:
		model := Resource{Kind: "model", ID: u.Path[0], Name: u.Path[0]}
		return Resource{Kind: "version", ID: strings.Join(u.Path, "/"), Name: u.Path[0], Within: &model}
	case u.Kind == "model":
		return Resource{Kind: "model", ID: u.Path[0], Name: u.Path[0]}
	case u.Kind == "experiment" && len(u.Path) > 1: // as it would be named
		return Resource{Kind: "experiment", ID: u.Path[0], Name: u.Path[1]}
	case u.Kind == "user" || u.Kind == "service":
		return Resource{Kind: u.Kind, ID: u.Name(), Name: u.Name()}
	}
	return Resource{Kind: u.Kind, ID: strings.Join(u.Path, "/")}
}

const workspaceKind = "workspace"

// The kinds that hold others. A resource names the one it is in, or is, by an
// attribute of that name: resource.experiment.
var holders = []string{"experiment", "model"}

// kind is what policies can say of a kind of resources.
type kind struct {
	entity types.EntityType
	holder string // the attribute that each has, "" for none
}

// kinds that a policy can name. What is not here has no attribute but id, name
// and workspace.
var kinds = map[string]kind{
	"experiment": {"Experiment", "experiment"}, "run": {"Run", "experiment"}, "logged-model": {"LoggedModel", "experiment"},
	"model": {"Model", "model"}, "version": {"Version", "model"}, "artifact": {"Artifact", ""}, workspaceKind: {"Workspace", ""},
	"user": {"User", ""}, "service": {"Service", ""}, "group": {"Group", ""}, "event": {"Event", ""}, "job": {"Job", ""},
	"job-run": {"JobRun", ""}, "data": {"Data", ""}, "dataset": {"Dataset", ""}, "remote": {"Remote", ""}, "audit-log": {"AuditLog", ""}, "lineage": {"Lineage", ""},
}

const (
	roleType  types.EntityType = "Role"
	whereType types.EntityType = "InstallationRole"
	groupType types.EntityType = "Group"
	action    types.EntityType = "Action"
)

// typeOf is the entity type of a kind: camel case of its word.
func typeOf(word string) types.EntityType {
	if k, ok := kinds[word]; ok {
		return k.entity
	}
	var b strings.Builder
	for part := range strings.SplitSeq(word, "-") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return types.EntityType(b.String())
}

// kindOf is the kind of an entity type, false for none.
func kindOf(t types.EntityType) (string, bool) {
	for word, k := range kinds {
		if k.entity == t {
			return word, true
		}
	}
	return "", false
}

func (r Resource) uid() types.EntityUID {
	return types.NewEntityUID(typeOf(r.Kind), types.String(r.ID))
}

// In gives the nearest that r is, or is within, of a kind; nil for none.
func (r *Resource) In(kind string) *Resource {
	for at := r; at != nil; at = at.Within {
		if at.Kind == kind {
			return at
		}
	}
	return nil
}

// entities are the resource, what it is within, and the workspace, as Cedar knows them.
func (r *Resource) entities(workspace string, into types.EntityMap) {
	space := types.NewEntityUID(typeOf(workspaceKind), types.String(workspace))
	into[space] = types.Entity{UID: space, Attributes: attributes(Resource{ID: workspace, Name: workspace}, workspace, nil)}
	for at := r; at != nil; at = at.Within {
		if at.Kind == workspaceKind {
			continue
		}
		parents := []types.EntityUID{space}
		if at.Within != nil {
			parents = append(parents, at.Within.uid())
		}
		held := types.RecordMap{}
		for _, h := range holders {
			if in := at.In(h); in != nil {
				held[types.String(h)] = in.uid()
			}
		}
		tags := types.RecordMap{}
		for k, v := range at.Tags {
			tags[types.String(k)] = types.String(v)
		}
		into[at.uid()] = types.Entity{
			UID: at.uid(), Parents: types.NewEntityUIDSet(parents...), Attributes: attributes(*at, workspace, held), Tags: types.NewRecord(tags),
		}
	}
}

func attributes(r Resource, workspace string, more types.RecordMap) types.Record {
	all := types.RecordMap{"id": types.String(r.ID), "name": types.String(r.Name), "workspace": types.String(workspace)}
	for k, v := range more {
		all[k] = v
	}
	return types.NewRecord(all)
}

// roleOrder is the roles, each with all that those before it may do.
var roleOrder = []string{"viewer", "contributor", "maintainer", "admin"}

// entities are the principal, its roles and its groups, as Cedar knows them.
func (p Principal) entities(into types.EntityMap) types.EntityUID {
	uid := types.NewEntityUID(typeOf(p.URN.Kind), types.String(p.URN.Name()))
	var parents []types.EntityUID
	for _, held := range []struct {
		of   types.EntityType
		role string
	}{{roleType, p.Role}, {whereType, p.Everywhere}} {
		for i := slices.Index(roleOrder, held.role); i >= 0; i-- {
			parents = append(parents, types.NewEntityUID(held.of, types.String(roleOrder[i])))
		}
	}
	for _, g := range p.Groups {
		parents = append(parents, types.NewEntityUID(groupType, types.String(g)))
	}
	e := types.Entity{UID: uid, Attributes: types.NewRecord(types.RecordMap{"name": types.String(p.URN.Name())})}
	if asked, ok := into[uid]; ok { // it acts on itself
		e = asked
		for parent := range asked.Parents.All() {
			parents = append(parents, parent)
		}
	}
	e.Parents = types.NewEntityUIDSet(parents...)
	into[uid] = e
	return uid
}
