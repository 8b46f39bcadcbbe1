package access

import (
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// browse signs ada in with the cookie that her browser came with.
func (w world) browse(before string) string {
	w.t.Helper()
	value, err := w.SignInBrowser(from("default", "192.0.2.7"), "ada", right, before)
	if err != nil {
		w.t.Fatal(err)
	}
	return value
}

func (w world) out(value string) {
	w.t.Helper()
	_, err := w.enter(caller.Credentials{Session: value})
	wants(w.t, err, fault.Unauthenticated)
}

// A value that was in the browser before the sign-in, put there by whomever,
// never stands for who signed in.
func TestASessionIsNotFixed(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		planted := cookiePrefix + "planted"
		value := w.browse(planted)
		if value == planted {
			t.Error("the planted value is the session's")
		}
		w.out(planted)
		if ctx := w.mustEnter(caller.Credentials{Session: value}); caller.From(ctx).Actor.String() != "tacit:user/ada" {
			t.Errorf("the session proves %s", caller.From(ctx).Actor)
		}
		next := w.browse(value)
		w.out(value)
		w.mustEnter(caller.Credentials{Session: next})

		// One sort of secret is not taken for another.
		for _, c := range []caller.Credentials{{Bearer: next}, {User: "ada", Password: next}, {Session: w.token("ada", nil, time.Time{})}, {Session: ""}} {
			_, err := w.enter(c)
			wants(t, err, fault.Unauthenticated)
		}
		kept, err := rows.One(t.Context(), w.DB.Read(), rows.Column[int], "SELECT count(*) FROM access_cookie WHERE hash = '"+next+"'")
		if err != nil || kept != 0 {
			t.Errorf("the records hold the value itself: %v", err)
		}
	})
}

func TestBrowsersSessionsEnd(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada := urn.New("user", "ada")
		idle, absolute := w.browse(""), w.browse("")
		for range int(BrowserTime / (idleTime - time.Hour)) {
			w.pass(idleTime - time.Hour)
			w.mustEnter(caller.Credentials{Session: absolute})
		}
		w.out(idle)
		w.pass(idleTime - time.Hour)
		w.out(absolute) // however much it is used

		signedOut := w.browse("")
		if err := w.SignOut(from("default", ""), signedOut); err != nil {
			t.Fatal(err)
		}
		w.out(signedOut)
		for name, end := range map[string]func() error{
			"disabled":   func() error { return w.SetDisabled(w.socket(), ada, true) },
			"password":   func() error { return w.SetPassword(w.socket(), "ada", "", right) },
			"everywhere": func() error { return w.SignOutEverywhere(w.socket(), ada) },
		} {
			value := w.browse("")
			bearer, err := w.SignIn(from("default", ""), "ada", right, nil)
			if err != nil {
				t.Fatal(err)
			}
			personal := w.token("ada", nil, time.Time{})
			if err := end(); err != nil {
				t.Fatal(name, err)
			}
			w.out(value)
			_, err = w.enter(caller.Credentials{Bearer: bearer.Token})
			wants(t, err, fault.Unauthenticated)
			if err := w.SetDisabled(w.socket(), ada, false); err != nil {
				t.Fatal(name, err)
			}
			w.out(value) // it does not come back
			w.mustEnter(caller.Credentials{Bearer: personal})
		}
		w.pass(BrowserTime + keptOver)
		if err := w.Sweep(w.socket()); err != nil {
			t.Fatal(err)
		}
		left, err := rows.One(t.Context(), w.DB.Read(), rows.Column[int], "SELECT count(*) FROM access_cookie")
		if err != nil || left != 0 {
			t.Errorf("%d cookies are left: %v", left, err)
		}
	})
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada := urn.New("user", "ada")
		here, other := w.browse(""), w.browse("")
		if _, err := w.SignIn(from("default", ""), "ada", right, nil); err != nil {
			t.Fatal(err)
		}
		ctx := w.mustEnter(caller.Credentials{Session: here})
		all, err := w.Sessions(ctx, ada)
		if err != nil || len(all) != 3 {
			t.Fatalf("%d sessions: %v", len(all), err)
		}
		browsers := 0
		for _, one := range all {
			if one.Here {
				continue
			}
			if one.Browser {
				if browsers++; one.Address != "192.0.2.7" || one.Used.IsZero() {
					t.Errorf("the other browser's is %+v", one)
				}
			}
			wants(t, w.EndSession(ctx, urn.New("user", "vera"), one.ID), fault.NotFound)
			if err := w.EndSession(ctx, ada, one.ID); err != nil {
				t.Fatal(err)
			}
			wants(t, w.EndSession(ctx, ada, one.ID), fault.NotFound)
		}
		if browsers != 1 {
			t.Errorf("%d other browsers are told", browsers)
		}
		w.out(other)
		if all, err = w.Sessions(w.mustEnter(caller.Credentials{Session: here}), ada); err != nil || len(all) != 1 || !all[0].Here {
			t.Errorf("what is left is %+v: %v", all, err)
		}
	})
}

// Who has no part in the workspace can look at their own account, and end what
// is theirs; of others nothing.
func TestOwnAccountNeedsNoRole(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		if _, err := w.CreateUser(w.socket(), "newcomer", right, "", roles.None); err != nil {
			t.Fatal(err)
		}
		c := caller.Credentials{User: "newcomer", Password: right}
		_, err := w.enter(c)
		wants(t, err, fault.Denied)
		c.Own = true
		ctx := w.mustEnter(c)
		if err := w.Check(ctx, "session.end", urn.New("user", "newcomer")); err != nil {
			t.Error(err)
		}
		for action, object := range map[string]urn.URN{"session.end": urn.New("user", "ada"), "session.read": {}, "experiment.list": {}, "workspace.read": {}} {
			wants(t, w.Check(ctx, action, object), fault.Denied)
		}
	})
}
