package access

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// told are the events of the caller's workspace that the caller sees by an action,
// as verb and subject.
func (w world) told(ctx context.Context, action string) (all []string) {
	w.t.Helper()
	visible, err := w.Visible(ctx, action)
	if err != nil {
		w.t.Fatal(err)
	}
	found, err := w.log.List(ctx, event.Query{Workspace: caller.Workspace(ctx), Visible: visible, Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range found {
		all = append(all, e.Verb+" "+e.Subject.String())
	}
	return all
}

// made tells that somebody made a run.
func (w world) made(ctx context.Context, run string) {
	w.t.Helper()
	err := w.DB.Write(ctx, func(tx *rows.Tx) error {
		return w.log.Append(ctx, tx, event.Event{Verb: "tracking.run.created", Subject: urn.New("run", run)})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// What others are, may do and did to sign in is told to who administers, and to an
// administrator of one workspace of those who have a part in it.
func TestWhatOthersAreIsToldToAdministrators(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		socket := w.socket()
		for _, u := range []struct{ name, workspace string }{{"lena", "default"}, {"otto", "team"}} {
			if _, err := w.CreateUser(socket, u.name, right, u.workspace, roles.Admin); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.MakeWorkspace(socket, WorkspaceSpec{Name: "elsewhere"}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.SignIn(from("default", "192.0.2.9"), "otto", right, nil); err != nil {
			t.Fatal(err)
		}
		w.made(as(socket, urn.New("user", "ada")), "1")
		const run, vera, otto = "tracking.run.created tacit:run/1", "access.user.created tacit:user/vera", "access.user.created tacit:user/otto"
		signed := "access.session.begun tacit:user/otto"
		for user, c := range map[string]struct{ told, hidden []string }{
			"vera": {[]string{run, vera}, []string{otto, signed, "access.user.created tacit:user/ada", "access.role.changed tacit:user/ada"}},
			"ada":  {[]string{run, "access.role.changed tacit:user/ada"}, []string{otto, vera}},
			"lena": {[]string{run, vera, "access.role.changed tacit:user/ada"}, []string{otto, signed}},
			"root": {[]string{run, vera, otto, signed}, nil},
		} {
			ctx := w.mustEnter(caller.Credentials{User: user, Password: right})
			lists := []string{"event.list"}
			if user == "lena" || user == "root" {
				lists = append(lists, readAudit)
			}
			for _, action := range lists {
				all := w.told(ctx, action)
				for _, one := range c.told {
					if !slices.Contains(all, one) {
						t.Errorf("%s is not told by %s: %s", user, action, one)
					}
				}
				for _, one := range append(c.hidden, "access.workspace.created tacit:workspace/elsewhere", "access.role.changed tacit:user/otto") {
					if slices.Contains(all, one) {
						t.Errorf("%s is told by %s: %s", user, action, one)
					}
				}
			}
		}
		all := w.told(within(w.mustEnter(caller.Credentials{User: "root", Password: right}), "elsewhere"), "event.list")
		if !slices.Contains(all, "access.workspace.created tacit:workspace/elsewhere") {
			t.Errorf("a workspace does not tell that it was made: %v", all)
		}
	})
}

// From where others act is told to who reads the audit log.
func TestFromWhereOthersActIsForTheAuditLog(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		of := func(user string) []event.Event {
			return []event.Event{{Actor: urn.New("user", user), Origin: caller.Origin{Address: "192.0.2.4", Client: "mlflow/3"}}}
		}
		for _, c := range []struct {
			reader, actor string
			told          bool
		}{{"vera", "ada", false}, {"vera", "vera", true}, {"root", "ada", true}} {
			all, err := w.Told(w.mustEnter(caller.Credentials{User: c.reader, Password: right}), of(c.actor))
			if err != nil || (all[0].Origin.Address != "") != c.told || (all[0].Origin.Client != "") != c.told {
				t.Errorf("%s of %s: %+v, %v", c.reader, c.actor, all[0].Origin, err)
			}
		}
	})
}

// A token that may list events is told of those things alone that it may read.
func TestAScopeBoundsWhatEventsTell(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.made(as(w.socket(), urn.New("user", "vera")), "1")
		w.made(as(w.socket(), urn.New("user", "ada")), "2")
		const hers, his = "tracking.run.created tacit:run/1", "tracking.run.created tacit:run/2"
		for _, c := range []struct {
			scope      roles.Scope
			runs, self bool
		}{{nil, true, true}, {roles.Scope{"viewer"}, true, true}, {roles.Scope{"event.list"}, false, false}, {roles.Scope{"event.list", "account.read"}, false, true}} {
			ctx := w.mustEnter(caller.Credentials{Bearer: w.token("vera", c.scope, time.Time{})})
			all := w.told(ctx, "event.list")
			if slices.Contains(all, hers) != c.runs || slices.Contains(all, his) != c.runs {
				t.Errorf("scope %v: %v", c.scope, all)
			}
			if slices.Contains(all, "access.user.created tacit:user/vera") != c.self {
				t.Errorf("scope %v of oneself: %v", c.scope, all)
			}
		}
	})
}
