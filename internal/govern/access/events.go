package access

import (
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// roleData is the data of access.role.changed.
type roleData struct {
	Workspace string     `json:"workspace"`      // * for all
	From      roles.Role `json:"from,omitempty"` // absent for none
	To        roles.Role `json:"to,omitempty"`   // absent for none
}

// tokenData is the data of an event about a personal access token.
type tokenData struct {
	Name    string `json:"name"`
	Scope   string `json:"scope,omitempty"`
	Expires string `json:"expires,omitempty"` // RFC 3339, absent for never
}

// signIn is the data of access.session.begun.
type signIn struct {
	By string `json:"by"`
}

// ending is the data of access.session.ended.
type ending struct {
	Why string `json:"why"`
}

// refusalData is the data of a refusal.
type refusalData struct {
	Why   string `json:"why"`
	Times int    `json:"times"` // since it was last told, at most a minute before
}

// policiesVerb is the verb of changed policies.
const policiesVerb = "access.policies.changed"

// policiesData is the data of access.policies.changed.
type policiesData struct {
	Policies int `json:"policies"` // beside the shipped ones
}

// inviting is the data of access.user.invited.
type inviting struct {
	Expires string `json:"expires"` // RFC 3339
}

// rotation is the data of access.service.rotated.
type rotation struct {
	Until string `json:"until,omitempty"` // RFC 3339, absent where the secret before has ended
}

// Events are all that the room announces.
func Events() []event.Kind {
	const principal = "user, service"
	return []event.Kind{
		{Verb: "access.user.created", Says: "A user was made.", Subject: "user"},
		{Verb: "access.user.disabled", Says: "A user is kept out, and the user's sessions have ended.", Subject: "user"},
		{Verb: "access.user.enabled", Says: "A user is let in again.", Subject: "user"},
		{Verb: "access.user.deleted", Says: "A user was deleted, with sessions, tokens, roles, grants and links to providers.", Subject: "user"},
		{Verb: "access.service.created", Says: "A service was made.", Subject: "service"},
		{Verb: "access.service.disabled", Says: "A service is kept out, and its sessions have ended.", Subject: "service"},
		{Verb: "access.service.enabled", Says: "A service is let in again.", Subject: "service"},
		{Verb: "access.service.deleted", Says: "A service was deleted, with sessions, tokens, roles and grants.", Subject: "service"},
		{Verb: "access.service.rotated", Says: "A service has another secret. The one before holds until a time; without one it has ended, and the service's sessions too.", Subject: "service", Data: rotation{"2027-01-31T00:00:00Z"}},
		{Verb: "access.password.changed", Says: "A user has another password, and the user's sessions have ended.", Subject: "user"},
		{Verb: "access.user.invited", Says: "A link was made by which a user sets a password, once.", Subject: "user", Data: inviting{"2027-01-31T00:00:00Z"}},
		{Verb: "access.role.changed", Says: "A principal got another role in a workspace, or lost it.", Subject: principal, Data: roleData{"default", roles.Viewer, roles.Maintainer}},
		{Verb: "access.workspace.created", Says: "A workspace was made.", Subject: "workspace"},
		{Verb: "access.workspace.updated", Says: "A workspace has another description.", Subject: "workspace"},
		{Verb: "access.workspace.deleted", Says: "A workspace was deleted, with its roles, groups and grants; what was in it was deleted too, or moved.", Subject: "workspace", Data: workspaceEnd{2, "default", "moved-3f2a9c01"}},
		{Verb: "access.grant.changed", Says: "A principal or group got another grant on an object, or lost it.", Subject: "user, service, group", Data: grantData{"experiment", "1", grant.Read, grant.Edit}},
		{Verb: "access.group.created", Says: "A group was made.", Subject: "group", Data: groupData{"research", "who trains"}},
		{Verb: "access.group.changed", Says: "A group got another name or description.", Subject: "group", Data: groupData{"research", "who trains"}},
		{Verb: "access.group.deleted", Says: "A group was deleted, and its grants with it.", Subject: "group", Data: groupData{"research", "who trains"}},
		{Verb: "access.member.joined", Says: "A principal came into a group.", Subject: principal, Data: memberData{1764115200000, "research"}},
		{Verb: "access.member.left", Says: "A principal was taken out of a group.", Subject: principal, Data: memberData{1764115200000, "research"}},
		{Verb: "access.role.mapped", Says: "The groups of a user's provider give another role in a workspace, or none.", Subject: "user", Data: roleData{"default", roles.None, roles.Viewer}},
		{Verb: "access.token.created", Says: "A personal access token was made.", Subject: principal, Data: tokenData{"laptop", "viewer", "2027-01-31T00:00:00Z"}},
		{Verb: "access.token.revoked", Says: "A personal access token was revoked.", Subject: principal, Data: tokenData{Name: "laptop"}},
		{Verb: "access.session.begun", Says: "A principal signed in.", Subject: principal, Data: signIn{byGrant}},
		{Verb: "access.session.ended", Says: "A session was ended before its time.", Subject: principal, Data: ending{"its token was revoked"}},
		{Verb: "access.session.refused", Says: "A sign-in or a token was refused; the outcome is refused. Tokens are counted by the minute.", Subject: principal, Data: refusalData{"The token laptop has expired.", 12}},
		{Verb: policiesVerb, Says: "Other policies of tacit.yaml are in force, since it was read again or at a start; before and after are hashes of all of them.", Subject: "policies", Data: policiesData{3}},
		{Verb: "access.session.limited", Says: "Passwords for a name were held back, since too many were wrong; the outcome is refused. Counted by the minute for each name and address.", Subject: "user", Data: refusalData{"Too many sign-ins were wrong.", 349}},
		{Verb: "access.request.refused", Says: "Somebody was refused what they asked for, the action of the event; the outcome is refused. The same is counted by the minute.", Subject: "any", Data: refusalData{"You may not do this: run.update takes the role contributor in the workspace default.", 12}},
	}
}

func principalCreated(p Principal) event.Event {
	return event.Event{Verb: "access." + string(p.Kind) + ".created", Subject: p.URN(), After: event.Hash(p.Name)}
}

func principalDisabled(p urn.URN, disabled bool) event.Event {
	verb := "enabled"
	if disabled {
		verb = "disabled"
	}
	return event.Event{Verb: "access." + p.Kind + "." + verb, Subject: p, Before: event.Hash(!disabled), After: event.Hash(disabled)}
}

func roleChanged(p urn.URN, workspace string, before, after roles.Role) event.Event {
	return roleMoved("access.role.changed", p, workspace, before, after)
}

func roleMapped(p urn.URN, workspace string, before, after roles.Role) event.Event {
	return roleMoved("access.role.mapped", p, workspace, before, after)
}

func roleMoved(verb string, p urn.URN, workspace string, before, after roles.Role) event.Event {
	e := event.Event{Verb: verb, Subject: p, Data: roleData{workspace, before, after}}
	if before != roles.None {
		e.Before = event.Hash(before)
	}
	if after != roles.None {
		e.After = event.Hash(after)
	}
	return e
}

func tokenOf(t Token) tokenData {
	d := tokenData{Name: t.Name, Scope: t.Scope.String()}
	if !t.Expires.IsZero() {
		d.Expires = t.Expires.Format(time.RFC3339)
	}
	return d
}

func tokenCreated(of urn.URN, t Token) event.Event {
	return event.Event{Verb: "access.token.created", Subject: of, After: event.Hash(tokenOf(t)), Data: tokenOf(t)}
}

func tokenRevoked(of urn.URN, t Token) event.Event {
	return event.Event{Verb: "access.token.revoked", Subject: of, Before: event.Hash(tokenOf(t)), Data: tokenOf(t)}
}

func sessionBegun(actor urn.URN, way string) event.Event {
	return event.Event{Verb: "access.session.begun", Subject: actor, Data: signIn{way}}
}

func sessionEnded(actor urn.URN, why string) event.Event {
	return event.Event{Verb: "access.session.ended", Subject: actor, Before: event.Hash(actor.String()), Data: ending{why}}
}

func sessionRefused(who urn.URN) event.Event {
	return event.Event{Verb: "access.session.refused", Subject: who, Outcome: event.Refused}
}

func policiesChanged(before, after string, n int) event.Event {
	return event.Event{Verb: policiesVerb, Subject: urn.New("policies", "tacit.yaml"), Before: before, After: after, Data: policiesData{n}}
}

func sessionLimited(who urn.URN) event.Event {
	return event.Event{Verb: "access.session.limited", Subject: who, Outcome: event.Refused}
}

func requestRefused(object urn.URN) event.Event {
	return event.Event{Verb: "access.request.refused", Subject: object, Outcome: event.Refused}
}
