package access

import (
	"strings"

	"github.com/tacit-ml/tacit/internal/govern/access/policy"
)

// need is what an action takes.
type need struct {
	role       Role
	everywhere bool // the role must hold in all workspaces: it concerns the installation
	own        bool // or the object is the actor itself
}

// least is what each action takes.
var least = map[string]need{
	"workspace.read": {role: Viewer}, "server.read": {role: Viewer}, "server.observe": {role: Maintainer},
	"experiment.list": {role: Viewer}, "experiment.read": {role: Viewer},
	"experiment.create": {role: Contributor}, "experiment.update": {role: Contributor}, "experiment.delete": {role: Maintainer},
	"run.search": {role: Viewer}, "run.read": {role: Viewer}, "metric.read": {role: Viewer},
	"run.create": {role: Contributor}, "run.update": {role: Contributor}, "run.delete": {role: Maintainer},
	"logged-model.search": {role: Viewer}, "logged-model.read": {role: Viewer},
	"logged-model.create": {role: Contributor}, "logged-model.update": {role: Contributor}, "logged-model.delete": {role: Maintainer},
	"artifact.read": {role: Viewer}, "artifact.write": {role: Contributor}, "artifact.delete": {role: Maintainer},
	"model.list": {role: Viewer}, "model.read": {role: Viewer},
	"model.create": {role: Maintainer}, "model.update": {role: Maintainer}, "model.delete": {role: Maintainer},
	"version.list": {role: Viewer}, "version.read": {role: Viewer}, "version.create": {role: Maintainer},
	"version.update": {role: Maintainer}, "version.stage": {role: Maintainer}, "version.delete": {role: Maintainer},
	"event.list": {role: Viewer}, "event.read": {role: Viewer},
	"lineage.list": {role: Viewer}, "lineage.read": {role: Viewer}, "lineage.create": {role: Contributor},
	"lineage.rebuild": {role: Admin, everywhere: true},
	"job.list":        {role: Viewer}, "job.read": {role: Viewer}, "job.update": {role: Maintainer},
	"audit.read": {role: Admin}, "audit.oversee": {role: Admin, everywhere: true},
	"audit.sign": {role: Admin}, "audit.verify": {role: Admin, everywhere: true}, "audit.accept": {role: Admin, everywhere: true},
	"user.list": {role: Admin}, "user.read": {role: Admin, everywhere: true, own: true},
	"user.create": {role: Admin, everywhere: true}, "user.update": {role: Admin, everywhere: true}, "user.delete": {role: Admin, everywhere: true},
	"workspace.create": {role: Admin, everywhere: true},
	"workspace.update": {role: Admin}, "workspace.delete": {role: Admin, everywhere: true},
	"account.read": {role: Viewer, own: true}, "permission.read": {role: Admin, own: true},
	"experiment.grant": {role: Admin}, "model.grant": {role: Admin}, "grant.read": {role: Admin}, "grant.update": {role: Admin},
	"group.list": {role: Viewer}, "group.read": {role: Viewer},
	"group.create": {role: Admin}, "group.update": {role: Admin}, "group.delete": {role: Admin},
	"member.read": {role: Admin}, "member.update": {role: Admin},
	"service.list": {role: Admin}, "service.create": {role: Admin, everywhere: true}, "service.update": {role: Admin, everywhere: true},
	"service.delete": {role: Admin, everywhere: true},
	"policy.read":    {role: Viewer}, "policy.explain": {role: Admin},
	"role.update": {role: Admin}, "installation.update": {role: Admin, everywhere: true},
	"password.update": {role: Admin, everywhere: true, own: true},
	"token.create":    {role: Admin, everywhere: true, own: true}, "token.read": {role: Admin, everywhere: true, own: true},
	"session.read": {role: Admin, everywhere: true, own: true}, "session.end": {role: Admin, everywhere: true, own: true},
	"token.revoke": {role: Admin, everywhere: true, own: true},
}

// needs is what an action takes; one that is not known takes the most.
func needs(action string) need {
	if n, ok := least[action]; ok {
		return n
	}
	return need{role: Admin, everywhere: true}
}

// Known reports whether an action has its line in the table of what it takes.
func Known(action string) bool {
	_, ok := least[action]
	return ok
}

// Vocabulary is the actions that there are, each in the group of the least role
// that may do it, or in installation; in own where anybody may do it on
// themselves; and in that of its noun.
func Vocabulary() policy.Vocabulary {
	v := policy.Vocabulary{Actions: map[string][]string{}}
	for action, n := range least {
		group := string(n.role)
		if n.everywhere {
			group = "installation"
		}
		groups := []string{group, nounOf(action)}
		if n.own {
			groups = append(groups, "own")
		}
		v.Actions[action] = groups
	}
	return v
}

func nounOf(action string) string {
	noun, _, _ := strings.Cut(action, ".")
	return noun
}

func verbOf(action string) string {
	_, verb, _ := strings.Cut(action, ".")
	return verb
}
