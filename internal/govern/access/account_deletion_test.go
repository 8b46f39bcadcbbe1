package access

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// Whoever gets a name that was given before gets nothing of what it had.
func TestDeletedUsersLeaveNothing(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada, ctx := urn.New("user", "ada"), from("default", "192.0.2.1")
		personal := w.token("ada", nil, time.Time{})
		b, err := w.SignIn(ctx, "ada", right, nil)
		if err != nil {
			t.Fatal(err)
		}
		kept := w.token("vera", nil, time.Time{})
		if err := w.Delete(w.socket(), ada); err != nil {
			t.Fatal(err)
		}
		wants(t, w.Delete(w.socket(), ada), fault.NotFound)
		_, err = w.Account(w.socket(), ada)
		wants(t, err, fault.NotFound)
		if _, err := w.CreateUser(w.socket(), "ada", "another battery", "team", roles.Viewer); err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]caller.Credentials{
			"the password": {User: "ada", Password: right}, "a token": {Bearer: personal}, "a session": {Bearer: b.Token},
		} {
			if _, err := w.enter(c); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("%s of the deleted user: %v", name, err)
			}
		}
		_, err = w.Refresh(ctx, b.Refresh)
		wants(t, err, fault.Unauthenticated)
		_, err = w.enter(caller.Credentials{User: "ada", Password: "another battery"})
		wants(t, err, fault.Denied) // the role in default was the other's
		w.mustEnter(caller.Credentials{Bearer: kept})

		told, err := w.log.List(w.socket(), event.Query{Everywhere: true, Subject: ada.String()})
		if err != nil {
			t.Fatal(err)
		}
		var verbs []string
		for _, e := range slices.Backward(told) {
			verbs = append(verbs, e.Verb)
		}
		if diff := cmp.Diff([]string{"access.user.created", "access.role.changed", "access.token.created", "access.session.begun", "access.user.deleted",
			"access.user.created", "access.role.changed"}, verbs[:min(len(verbs), 7)]); diff != "" {
			t.Error(diff)
		}
	})
}

// Whom a provider knows is nobody here once deleted: the link, the roles of its
// groups and the invitations end. A service of the same name is another.
func TestDeletedUsersLeaveNoLinks(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		value, err := w.known("1", "mei", "a", "ops")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.CreateService(w.socket(), "mei", "default", roles.Viewer); err != nil {
			t.Fatal(err)
		}
		invited, err := w.Invite(w.socket(), "mei")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Delete(w.socket(), urn.New("service", "mei")); err != nil {
			t.Fatal(err)
		}
		if _, err := w.known("1", "mei", "b", "ops"); err != nil {
			t.Errorf("the user went with the service: %v", err)
		}
		if _, err := w.Invited(w.socket(), invited); err != nil {
			t.Errorf("the invitation went with the service: %v", err)
		}
		if err := w.Delete(w.socket(), urn.New("user", "mei")); err != nil {
			t.Fatal(err)
		}
		_, err = w.enter(caller.Credentials{Session: value})
		wants(t, err, fault.Unauthenticated)
		if _, err := w.CreateUser(w.socket(), "mei", "another battery", "team", roles.Viewer); err != nil {
			t.Fatal(err)
		}
		if got := w.rolesOf("mei"); !slices.Equal(got, []RoleIn{{"team", roles.Viewer}}) {
			t.Errorf("the next of the name has %v", got)
		}
		_, err = w.Invited(w.socket(), invited)
		wants(t, err, fault.Unauthenticated)
		_, err = w.known("1", "mei", "c", "ops")
		wants(t, err, fault.Conflict) // the name is another's now
		if _, err := w.known("1", "mei2", "d"); err != nil {
			t.Errorf("the person cannot come as somebody new: %v", err)
		}
	})
}

func TestAdministratorsAreMadeAndUnmade(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.Settings = func() *Settings { return &Settings{DefaultRole: roles.Contributor} }
		if _, err := w.CreateFirst(w.socket(), "bob", right); err != nil {
			t.Fatal(err)
		}
		now := func(user string) []RoleIn {
			t.Helper()
			p, err := w.Account(w.socket(), urn.New("user", user))
			if err != nil {
				t.Fatal(err)
			}
			return p.Roles
		}
		everywhere := RoleIn{roles.Everywhere, roles.Admin}
		for _, c := range []struct {
			user  string
			admin bool
			want  []RoleIn
		}{
			{"bob", false, []RoleIn{{"default", roles.Contributor}}},
			{"bob", true, []RoleIn{everywhere, {"default", roles.Contributor}}},
			{"bob", true, []RoleIn{everywhere, {"default", roles.Contributor}}},
			{"bob", false, []RoleIn{{"default", roles.Contributor}}},
			{"root", false, []RoleIn{{"default", roles.Contributor}}}, // it had no other role here
		} {
			if err := w.SetAdmin(w.socket(), c.user, c.admin); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, now(c.user)); diff != "" {
				t.Errorf("%s, administrator: %v\n%s", c.user, c.admin, diff)
			}
		}
		wants(t, w.SetAdmin(w.socket(), "nobody", true), fault.NotFound)
	})
}

// Whoever came by the password has said it; whoever came by a token has not.
func TestOwnPasswordIsKnownToWhoCameByIt(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		byToken := w.mustEnter(caller.Credentials{Bearer: w.token("ada", nil, time.Time{})})
		wants(t, w.SetPassword(byToken, "ada", "", "another battery"), fault.Denied)
		typed := w.mustEnter(caller.Credentials{User: "ada", Password: right})
		wants(t, w.SetPassword(typed, "ada", "not it at all", "another battery"), fault.Denied)
		if err := w.SetPassword(typed, "ada", "", "another battery"); err != nil {
			t.Fatal(err)
		}
		w.mustEnter(caller.Credentials{User: "ada", Password: "another battery"})
	})
}

// What concerns the caller's own account or the installation needs no part in
// the workspace, and gives none.
func TestOwnThingsNeedNoPart(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := from("team", "192.0.2.1")
		ada := caller.Credentials{User: "ada", Password: right}
		_, err := w.Authenticate(ctx, ada)
		wants(t, err, fault.Denied)
		ada.Own = true
		if ctx, err = w.Authenticate(ctx, ada); err != nil {
			t.Fatal(err)
		}
		if err := w.Check(ctx, "account.read", urn.New("user", "ada")); err != nil {
			t.Error(err)
		}
		for _, action := range []string{"workspace.read", "run.create", "user.list"} {
			wants(t, w.Check(ctx, action, urn.URN{}), fault.Denied)
		}
	})
}
