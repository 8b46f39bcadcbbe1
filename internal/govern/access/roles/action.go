package roles

import (
	"iter"
	"maps"
)

// Need is what an action takes.
type Need struct {
	Role       Role
	Everywhere bool // the role must hold in all workspaces: it concerns the installation
	Own        bool // or the object is the actor itself
}

// least is what each action takes.
var least = map[string]Need{
	"workspace.read": {Role: Viewer}, "server.read": {Role: Viewer}, "server.observe": {Role: Maintainer},
	"experiment.list": {Role: Viewer}, "experiment.read": {Role: Viewer},
	"experiment.create": {Role: Contributor}, "experiment.update": {Role: Contributor}, "experiment.delete": {Role: Maintainer},
	"run.search": {Role: Viewer}, "run.read": {Role: Viewer}, "metric.read": {Role: Viewer},
	"run.create": {Role: Contributor}, "run.update": {Role: Contributor}, "run.delete": {Role: Maintainer},
	"logged-model.search": {Role: Viewer}, "logged-model.read": {Role: Viewer},
	"logged-model.create": {Role: Contributor}, "logged-model.update": {Role: Contributor}, "logged-model.delete": {Role: Maintainer},
	"artifact.read": {Role: Viewer}, "artifact.write": {Role: Contributor}, "artifact.delete": {Role: Maintainer},
	"data.list": {Role: Viewer}, "data.read": {Role: Viewer}, "data.push": {Role: Contributor}, "data.delete": {Role: Maintainer},
	"model.list": {Role: Viewer}, "model.read": {Role: Viewer},
	"model.create": {Role: Maintainer}, "model.update": {Role: Maintainer}, "model.delete": {Role: Maintainer},
	"version.list": {Role: Viewer}, "version.read": {Role: Viewer}, "version.create": {Role: Maintainer},
	"version.update": {Role: Maintainer}, "version.stage": {Role: Maintainer}, "version.override": {Role: Admin}, "version.delete": {Role: Maintainer},
	"event.list": {Role: Viewer}, "event.read": {Role: Viewer},
	"lineage.list": {Role: Viewer}, "lineage.read": {Role: Viewer}, "lineage.create": {Role: Contributor},
	"lineage.rebuild": {Role: Admin, Everywhere: true},
	"job.list":        {Role: Viewer}, "job.read": {Role: Viewer}, "job.update": {Role: Admin, Everywhere: true},
	"audit.read": {Role: Admin}, "audit.oversee": {Role: Admin, Everywhere: true},
	"audit.sign": {Role: Admin}, "audit.verify": {Role: Admin, Everywhere: true}, "audit.accept": {Role: Admin, Everywhere: true},
	"user.list": {Role: Admin}, "user.read": {Role: Admin, Everywhere: true, Own: true},
	"user.create": {Role: Admin, Everywhere: true}, "user.update": {Role: Admin, Everywhere: true}, "user.delete": {Role: Admin, Everywhere: true},
	"workspace.create": {Role: Admin, Everywhere: true},
	"workspace.update": {Role: Admin}, "workspace.delete": {Role: Admin, Everywhere: true},
	"account.read": {Role: Viewer, Own: true}, "permission.read": {Role: Admin, Own: true},
	"experiment.grant": {Role: Admin}, "model.grant": {Role: Admin}, "grant.read": {Role: Admin}, "grant.update": {Role: Admin},
	"group.list": {Role: Viewer}, "group.read": {Role: Viewer},
	"group.create": {Role: Admin}, "group.update": {Role: Admin}, "group.delete": {Role: Admin},
	"member.read": {Role: Admin}, "member.update": {Role: Admin},
	"service.list": {Role: Admin}, "service.create": {Role: Admin, Everywhere: true}, "service.update": {Role: Admin, Everywhere: true},
	"service.delete": {Role: Admin, Everywhere: true},
	"policy.read":    {Role: Viewer}, "policy.explain": {Role: Admin},
	"role.update": {Role: Admin}, "installation.update": {Role: Admin, Everywhere: true}, "backup.create": {Role: Admin, Everywhere: true},
	"password.update": {Role: Admin, Everywhere: true, Own: true},
	"token.create":    {Role: Admin, Everywhere: true, Own: true}, "token.read": {Role: Admin, Everywhere: true, Own: true},
	"session.read": {Role: Admin, Everywhere: true, Own: true}, "session.end": {Role: Admin, Everywhere: true, Own: true},
	"token.revoke": {Role: Admin, Everywhere: true, Own: true},
}

// Needs is what an action takes; one that is not known takes the most.
func Needs(action string) Need {
	if n, ok := least[action]; ok {
		return n
	}
	return Need{Role: Admin, Everywhere: true}
}

// Actions are all that there are, in no order.
func Actions() iter.Seq[string] { return maps.Keys(least) }

// Known reports whether an action has its line in the table of what it takes.
func Known(action string) bool {
	_, ok := least[action]
	return ok
}
