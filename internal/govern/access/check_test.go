package access

import (
	"context"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Nobody has a part in a workspace without a role there, whatever they ask for.
func TestAnotherWorkspaceIsClosed(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada := caller.Credentials{User: "ada", Password: right}
		_, err := w.Authenticate(from("team", ""), ada)
		wants(t, err, fault.Denied)
		if err := w.SetRole(w.socket(), urn.New("user", "ada"), "team", roles.Viewer); err != nil {
			t.Fatal(err)
		}
		ctx, err := w.Authenticate(from("team", ""), ada)
		if err != nil {
			t.Fatal(err)
		}
		wants(t, w.Check(ctx, "run.update", urn.New("run", "1")), fault.Denied)
		if err := w.Check(ctx, "run.read", urn.New("run", "1")); err != nil {
			t.Error(err)
		}
		if err := w.SetRole(w.socket(), urn.New("user", "ada"), "team", roles.None); err != nil {
			t.Fatal(err)
		}
		_, err = w.Authenticate(from("team", ""), ada)
		wants(t, err, fault.Denied)
		if _, err := w.Authenticate(from("team", ""), caller.Credentials{User: "root", Password: right}); err != nil {
			t.Error(err)
		}
	})
}

func TestRolesAndScopesDecide(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		run, ada := urn.New("run", "1"), urn.New("user", "ada")
		as := func(user string, scope ...string) context.Context {
			return w.mustEnter(caller.Credentials{Bearer: w.token(user, roles.Scope(scope), time.Time{})})
		}
		for _, c := range []struct {
			name   string
			ctx    context.Context
			action string
			object urn.URN
			kind   fault.Kind // Internal for yes
		}{
			{"a viewer", as("vera"), "run.read", run, fault.Internal},
			{"a viewer", as("vera"), "run.update", run, fault.Denied},
			{"a viewer", as("vera"), "token.create", ada, fault.Denied},
			{"a viewer", as("vera"), "token.create", urn.New("user", "vera"), fault.Internal},
			{"a viewer", as("vera"), "user.create", urn.URN{}, fault.Denied},
			{"a maintainer", as("ada"), "run.update", run, fault.Internal},
			{"a maintainer", as("ada"), "model.delete", urn.New("model", "m"), fault.Internal},
			{"a maintainer", as("ada"), "role.update", ada, fault.Denied},
			{"an administrator", as("root"), "user.create", urn.URN{}, fault.Internal},
			{"an administrator", as("root"), "something.unknown", urn.URN{}, fault.Internal},
			{"a maintainer", as("ada"), "something.unknown", urn.URN{}, fault.Denied},
			{"a maintainer's token to read", as("ada", "viewer"), "run.read", run, fault.Internal},
			{"a maintainer's token to read", as("ada", "viewer"), "run.update", run, fault.Denied},
			{"a maintainer's token for runs", as("ada", "run.*"), "run.delete", run, fault.Internal},
			{"a maintainer's token for runs", as("ada", "run.*"), "experiment.read", urn.New("experiment", "1"), fault.Denied},
			{"a viewer's token for all", as("vera", "admin"), "run.update", run, fault.Denied},
			{"a scoped token", as("root", "viewer"), "token.create", urn.New("user", "root"), fault.Denied},
		} {
			err := w.Check(c.ctx, c.action, c.object)
			if (err == nil) != (c.kind == fault.Internal) || err != nil && !fault.Is(err, c.kind) {
				t.Errorf("%s, %s on %s: %v", c.name, c.action, c.object, err)
			}
		}
		until := w.Now().Add(time.Hour)
		narrow := w.mustEnter(caller.Credentials{Bearer: w.token("ada", roles.Scope{"token.*", "viewer"}, until)})
		for _, c := range []struct {
			scope   roles.Scope
			expires time.Time
		}{{nil, until}, {roles.Scope{"contributor"}, until}, {roles.Scope{"viewer"}, until.Add(time.Second)}, {roles.Scope{"viewer"}, time.Time{}}} {
			_, _, err := w.CreateToken(narrow, ada, "wider", c.scope, c.expires)
			wants(t, err, fault.Denied)
		}
		if _, _, err := w.CreateToken(narrow, ada, "narrower", roles.Scope{"viewer"}, until); err != nil {
			t.Error(err)
		}
	})
}
