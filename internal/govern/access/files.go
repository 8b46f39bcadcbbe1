package access

import (
	"context"
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// owners are the kinds that files lie in.
var owners = []string{"experiment", "run", "logged-model"}

// decideFile is the verdict on an action on files that allowed lets through by
// itself, whether it names a file or, by its owner, all that the owner has. A file
// is its owner's as well: whoever does something with it must be let do the same
// with the files of the owner, and read the owner, and update it to write or delete;
// and no policy may forbid them to read what the owner is in. What lies in no run and no logged
// model may be a folder above many of them; it is listed, read and deleted by
// whoever may do so with all files there can be.
func (s *Service) decideFile(ctx context.Context, who participant, r policy.Request, allowed Verdict) (Verdict, error) {
	g, err := who.granted()
	if err != nil {
		return Verdict{}, err
	}
	file := r.Resource
	if owner := ownerOf(&file); owner != nil {
		for _, action := range append(ofOwner(owner.Kind, r.Action), r.Action) {
			one := policy.Request{Principal: r.Principal, Action: action, Workspace: r.Workspace, Resource: *owner}
			if v := decideOn(s.added(), g, one, s.byRole(who, action, urn.URN{})); !v.Allowed {
				return v, nil
			}
		}
		if v := s.holderForbidden(r, owner.Within); v != nil {
			return *v, nil
		}
	}
	above := file.Kind == "artifact" && file.In("run") == nil && file.In("logged-model") == nil || file.Kind == grant.WorkspaceKind
	if !above || roles.VerbOf(r.Action) == "write" {
		return allowed, nil
	}
	all, err := s.allFiles(ctx, who, r.Action)
	if err == nil && !all {
		allowed = Verdict{By: ByNothing, above: true}
	}
	return allowed, err
}

// ownerOf is what a file lies in, or what is named in place of its files; nil for
// neither.
func ownerOf(r *policy.Resource) *policy.Resource {
	switch r.Kind {
	case "artifact":
		return r.Within
	case grant.WorkspaceKind:
		return nil
	}
	return r
}

// holderForbidden is the verdict of a policy that forbids to read what the owner
// of files is in, nil where none does. Grants on it were looked at already: the
// nearest decides.
func (s *Service) holderForbidden(r policy.Request, holder *policy.Resource) *Verdict {
	added := s.added()
	if added == nil || holder == nil {
		return nil
	}
	d := added.Decide(policy.Request{Principal: r.Principal, Action: holder.Kind + ".read", Workspace: r.Workspace, Resource: *holder})
	if !d.Forbidden() {
		return nil
	}
	return &Verdict{By: ByForbid, Policies: d.Policies}
}

// ofOwner are the actions on the owner of a file that an action on the file takes.
func ofOwner(kind, action string) []string {
	if roles.VerbOf(action) == "read" {
		return []string{kind + ".read"}
	}
	return []string{kind + ".read", kind + ".update"}
}

// allFiles reports whether who may do an action on every file, whatever it lies in.
// The scope has let the action through already.
func (s *Service) allFiles(ctx context.Context, who participant, action string) (bool, error) {
	who.scope = nil
	for _, kind := range append(slices.Clone(owners), "artifact") {
		actions := []string{action}
		if kind != "artifact" {
			actions = append(actions, ofOwner(kind, action)...)
		}
		for _, one := range actions {
			n, err := s.conditionOn(ctx, who, one, kind)
			if err != nil || n != (filter.Node)(filter.True{}) {
				return false, err
			}
		}
	}
	return true, nil
}
