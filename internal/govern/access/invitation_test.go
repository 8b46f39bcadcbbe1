package access

import (
	"slices"
	"sync"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

const chosen = "a password of my own"

func TestInvitationsWorkOnce(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := from("default", "")
		bearer, err := w.SignIn(ctx, "ada", right, nil)
		if err != nil {
			t.Fatal(err)
		}
		before, err := w.Invite(w.socket(), "ada")
		if err != nil {
			t.Fatal(err)
		}
		secret, err := w.Invite(w.socket(), "ada")
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{before, "", "x", invitePrefix + "x", bearer.Token} {
			_, err := w.Invited(ctx, bad)
			wants(t, err, fault.Unauthenticated)
		}
		for range 2 { // looking uses nothing up
			if name, err := w.Invited(ctx, secret); name != "ada" || err != nil {
				t.Errorf("the link is %q's: %v", name, err)
			}
		}
		_, _, err = w.Accept(ctx, secret, "", "short", "")
		wants(t, err, fault.Invalid)
		who, value, err := w.Accept(ctx, secret, "root", chosen, "")
		if err != nil || who.Name() != "ada" { // whatever name is typed
			t.Fatal(who, err)
		}
		w.mustEnter(caller.Credentials{Session: value})
		w.mustEnter(caller.Credentials{User: "ada", Password: chosen})
		_, err = w.enter(caller.Credentials{User: "ada", Password: right})
		wants(t, err, fault.Unauthenticated)
		_, err = w.enter(caller.Credentials{Bearer: bearer.Token}) // the password before is gone, and what it began
		wants(t, err, fault.Unauthenticated)
		_, _, err = w.Accept(ctx, secret, "", chosen, "")
		wants(t, err, fault.Unauthenticated)
	})
}

func TestInvitationsEnd(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx, ada := from("default", ""), urn.New("user", "ada")
		for name, end := range map[string]func() error{
			"a day later":  func() error { w.pass(InviteTime); return nil },
			"disabled":     func() error { return w.SetDisabled(w.socket(), ada, true) },
			"new password": func() error { return w.SetPassword(w.socket(), "ada", "", right) },
		} {
			secret, err := w.Invite(w.socket(), "ada")
			if err != nil {
				t.Fatal(name, err)
			}
			if err := end(); err != nil {
				t.Fatal(name, err)
			}
			_, _, err = w.Accept(ctx, secret, "", chosen, "")
			wants(t, err, fault.Unauthenticated)
			if err := w.SetDisabled(w.socket(), ada, false); err != nil {
				t.Fatal(name, err)
			}
		}
		_, err := w.Invite(w.socket(), "nobody")
		wants(t, err, fault.NotFound)
		if err := w.SetDisabled(w.socket(), ada, true); err != nil {
			t.Fatal(err)
		}
		_, err = w.Invite(w.socket(), "ada")
		wants(t, err, fault.Conflict)
	})
}

// Nobody enters as an invited user before the link is used: an empty password is
// no password.
func TestInvitedUsersHaveNoPassword(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		if _, _, err := w.CreateInvited(w.socket(), "mei", "default", roles.Viewer); err != nil {
			t.Fatal(err)
		}
		for _, password := range []string{"", right, "mei"} {
			_, err := w.enter(caller.Credentials{User: "mei", Password: password})
			wants(t, err, fault.Unauthenticated)
			_, err = w.SignInBrowser(from("default", ""), "mei", password, "")
			wants(t, err, fault.Unauthenticated)
		}
		_, _, err := w.CreateInvited(w.socket(), "mei", "default", roles.Viewer)
		wants(t, err, fault.Exists)
	})
}

// The first administrator's link does not come alive again when the administrator
// that there was is kept out.
func TestTheFirstLinkEndsWithTheFirstAdministrator(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx, root := from("default", ""), urn.New("user", "root")
		if err := w.SetRole(w.socket(), root, roles.Everywhere, roles.None); err != nil {
			t.Fatal(err)
		}
		secret, err := w.InviteFirst(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.SetRole(w.socket(), root, roles.Everywhere, roles.Admin); err != nil {
			t.Fatal(err)
		}
		if err := w.SetDisabled(w.socket(), root, true); err != nil {
			t.Fatal(err)
		}
		_, err = w.Invited(ctx, secret)
		wants(t, err, fault.Unauthenticated)
		_, _, err = w.Accept(ctx, secret, "intruder", chosen, "")
		wants(t, err, fault.Unauthenticated)
	})
}

// The first administrator's link is there until there is one, and of many who
// use it at once one becomes it.
func TestTheFirstAdministrator(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := from("default", "")
		if secret, err := w.InviteFirst(ctx); secret != "" || err != nil {
			t.Errorf("there is an administrator, and a link %q: %v", secret, err)
		}
		if err := w.SetRole(w.socket(), urn.New("user", "root"), roles.Everywhere, roles.None); err != nil {
			t.Fatal(err)
		}
		old, err := w.InviteFirst(ctx)
		if err != nil {
			t.Fatal(err)
		}
		secret, err := w.InviteFirst(ctx)
		if err != nil || secret == "" || secret == old {
			t.Fatal(secret, err)
		}
		_, err = w.Invited(ctx, old)
		wants(t, err, fault.Unauthenticated)
		_, _, err = w.Accept(ctx, secret, "ada", chosen, "")
		wants(t, err, fault.Exists) // and takes nobody's account
		_, _, err = w.Accept(ctx, secret, "no name", chosen, "")
		wants(t, err, fault.Invalid)
		var group sync.WaitGroup
		won := make([]bool, 4)
		for i := range won {
			group.Go(func() {
				_, _, err := w.Accept(ctx, secret, []string{"a", "b", "c", "d"}[i], chosen, "")
				won[i] = err == nil
			})
		}
		group.Wait()
		if first := slices.Index(won, true); first < 0 || slices.Contains(won[first+1:], true) {
			t.Errorf("who became the first: %v", won)
		}
		if again, err := w.InviteFirst(ctx); again != "" || err != nil {
			t.Errorf("there is a link after the first: %q %v", again, err)
		}
	})
}
