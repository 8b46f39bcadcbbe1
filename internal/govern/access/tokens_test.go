package access

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// What is stolen for an hour must not become a key for ever: no token outlives
// what it was made by, unless that was a password, or a sign-in of this hour.
func TestTokensDoNotOutliveWhatMadeThem(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada := urn.New("user", "ada")
		bearer, err := w.SignIn(from("default", ""), "ada", right, nil)
		if err != nil {
			t.Fatal(err)
		}
		browser, now := w.browse(""), w.Now()
		for i, c := range []struct {
			name  string
			by    caller.Credentials
			after time.Duration
			most  time.Time // until when one that it makes may hold; zero for ever
		}{
			{"a password", caller.Credentials{User: "ada", Password: right}, 0, time.Time{}},
			{"a fresh session", caller.Credentials{Session: browser}, 0, time.Time{}},
			{"a bearer token", caller.Credentials{Bearer: bearer.Token}, 0, now.Add(BearerTime)},
			{"a bearer token as password", caller.Credentials{User: "ada", Password: bearer.Token}, 0, now.Add(BearerTime)},
			{"an endless token", caller.Credentials{Bearer: w.token("ada", nil, time.Time{})}, 0, time.Time{}},
			{"a token of a day", caller.Credentials{Bearer: w.token("ada", nil, now.Add(24*time.Hour))}, 0, now.Add(24 * time.Hour)},
			{"a session of the last hour", caller.Credentials{Session: browser}, freshTime - time.Second, time.Time{}},
			{"an older session", caller.Credentials{Session: browser}, time.Second, now.Add(BrowserTime)},
		} {
			w.pass(c.after)
			ctx := w.mustEnter(c.by)
			name := string(rune('a' + i))
			if c.most.IsZero() {
				if _, _, err := w.CreateToken(ctx, ada, name, nil, time.Time{}); err != nil {
					t.Errorf("%s: %v", c.name, err)
				}
				continue
			}
			for _, longer := range []time.Time{{}, c.most.Add(time.Second)} {
				_, _, err := w.CreateToken(ctx, ada, name, nil, longer)
				wants(t, err, fault.Denied)
			}
			if _, _, err := w.CreateToken(ctx, ada, name, nil, c.most); err != nil {
				t.Errorf("%s, until its own end: %v", c.name, err)
			}
		}
	})
}

// A token with an end ends within ten years and after it is made; who gives no end
// wants none.
func TestTokensEndInReasonableTime(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada := urn.New("user", "ada")
		for name, c := range map[string]struct {
			holds time.Duration
			taken bool
		}{"second": {time.Second, true}, "longest": {MaxHold, true}, "longer": {MaxHold + 24*time.Hour, false}, "centuries": {200 * 365 * 24 * time.Hour, false}, "none": {0, false}} {
			_, _, err := w.CreateToken(w.socket(), ada, name, nil, w.Now().Add(c.holds))
			if c.taken && err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if !c.taken {
				wants(t, err, fault.Invalid)
			}
		}
		_, _, err := w.CreateToken(w.socket(), ada, "later", nil, w.Now().Add(2*MaxHold))
		if !strings.Contains(fault.Sentence(err), "3650 days at most") || fault.HintOf(err) == "" {
			t.Errorf("it says %q, hint %q", fault.Sentence(err), fault.HintOf(err))
		}
	})
}

// Whoever got hold of a token cannot keep a foot in the door by another one
// that it made: revoking it revokes that too.
func TestTokensEndWithTheOneThatMadeThem(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada := urn.New("user", "ada")
		mint := func(ctx context.Context, name string) string {
			t.Helper()
			_, secret, err := w.CreateToken(ctx, ada, name, nil, time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			return secret
		}
		laptop, other := mint(w.socket(), "laptop"), mint(w.socket(), "other")
		stolen := w.mustEnter(caller.Credentials{Bearer: laptop})
		child := mint(stolen, "child")
		grandchild := mint(w.mustEnter(caller.Credentials{Bearer: child}), "grandchild")
		if err := w.RevokeToken(w.socket(), ada, "laptop"); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{laptop, child, grandchild} {
			_, err := w.enter(caller.Credentials{Bearer: secret})
			wants(t, err, fault.Unauthenticated)
		}
		w.mustEnter(caller.Credentials{Bearer: other})
		// A request that was let in before makes none afterwards.
		_, _, err := w.CreateToken(stolen, ada, "late", nil, time.Time{})
		wants(t, err, fault.Unauthenticated)
		told, err := rows.One(t.Context(), w.DB.Read(), rows.Column[int], "SELECT count(*) FROM event_log WHERE verb = 'access.token.revoked'")
		if err != nil || told != 3 {
			t.Errorf("%d revocations are told of, want 3: %v", told, err)
		}
	})
}

// mint makes a token of somebody by what the request in ctx came by.
func (w world) mint(ctx context.Context, of string, until time.Time) string {
	w.t.Helper()
	_, secret, err := w.CreateToken(ctx, urn.New("user", of), "t"+w.IDs.Hex32(), nil, until)
	if err != nil {
		w.t.Fatal(err)
	}
	return secret
}

// ended refuses tokens that still prove somebody.
func (w world) ended(after string, tokens ...string) {
	w.t.Helper()
	for _, token := range tokens {
		if _, err := w.enter(caller.Credentials{Bearer: token}); !fault.Is(err, fault.Unauthenticated) {
			w.t.Errorf("after %s: %v", after, err)
		}
	}
}

// What a sign-in made ends with it at once, whichever way it ends, and however
// long it was to hold; what a password made stays.
func TestTokensEndWithTheSignInThatMadeThem(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ada := urn.New("user", "ada")
		kept := w.mint(w.mustEnter(caller.Credentials{User: "ada", Password: right}), "ada", time.Time{})
		for name, end := range map[string]func(Bearer) error{
			"its revocation":         func(b Bearer) error { return w.Revoke(w.socket(), b.Token) },
			"its refresh's":          func(b Bearer) error { return w.Revoke(w.socket(), b.Refresh) },
			"another password":       func(Bearer) error { return w.SetPassword(w.socket(), "ada", "", right) },
			"signing out everywhere": func(Bearer) error { return w.SignOutEverywhere(w.socket(), ada) },
			"the end of that session": func(Bearer) error {
				all, err := w.Sessions(w.socket(), ada)
				if err != nil {
					return err
				}
				return w.EndSession(w.socket(), ada, all[0].ID) // the newest
			},
			"a refresh that comes back": func(b Bearer) error {
				_, _ = w.Refresh(w.socket(), b.Refresh)
				_, err := w.Refresh(w.socket(), b.Refresh)
				wants(t, err, fault.Unauthenticated)
				return nil
			},
			"being disabled": func(Bearer) error {
				if err := w.SetDisabled(w.socket(), ada, true); err != nil {
					return err
				}
				return w.SetDisabled(w.socket(), ada, false)
			},
		} {
			w.pass(time.Second)
			b, err := w.SignIn(from("default", ""), "ada", right, nil)
			if err != nil {
				t.Fatal(err)
			}
			by := w.mustEnter(caller.Credentials{Bearer: b.Token})
			child := w.mint(by, "ada", w.Now().Add(time.Minute))
			grandchild := w.mint(w.mustEnter(caller.Credentials{Bearer: child}), "ada", w.Now().Add(time.Minute))
			w.mustEnter(caller.Credentials{Bearer: grandchild})
			if err := end(b); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			w.ended(name, b.Token, child, grandchild)
			if _, _, err := w.CreateToken(by, ada, "late", nil, w.Now().Add(time.Minute)); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("made after %s: %v", name, err)
			}
			w.mustEnter(caller.Credentials{Bearer: kept})
		}
	})
}

// An older session of a browser makes what ends with it.
func TestTokensEndWithTheBrowserThatMadeThem(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		value := w.browse("")
		w.pass(freshTime)
		made := w.mint(w.mustEnter(caller.Credentials{Session: value}), "ada", w.Now().Add(time.Hour))
		w.mustEnter(caller.Credentials{Bearer: made})
		if err := w.SignOut(w.socket(), value); err != nil {
			t.Fatal(err)
		}
		w.ended("signing out", made)
	})
}

// What a browser's session made holds no longer than that is used, whatever it was
// to hold, and so does what that made.
func TestTokensEndWithTheIdleBrowserThatMadeThem(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		idle, used := w.browse(""), w.browse("")
		w.pass(freshTime)
		until := w.Now().Add(2 * idleTime)
		mint := func(c caller.Credentials) string { return w.mint(w.mustEnter(c), "ada", until) }
		child, other := mint(caller.Credentials{Session: idle}), mint(caller.Credentials{Session: used})
		grandchild := mint(caller.Credentials{Bearer: child})
		w.pass(idleTime - time.Minute)
		w.mustEnter(caller.Credentials{Session: used})
		for _, token := range []string{child, grandchild, other} {
			w.mustEnter(caller.Credentials{Bearer: token}) // using them is no use of the session
		}
		w.pass(time.Minute)
		w.ended("its session was idle", child, grandchild)
		w.mustEnter(caller.Credentials{Bearer: other})
	})
}

// What somebody's tokens made for others ends with their maker.
func TestTokensForOthersEndWithTheirMaker(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		for name, end := range map[string]func(urn.URN) error{
			"disabled": func(p urn.URN) error { return w.SetDisabled(w.socket(), p, true) },
			"deleted":  func(p urn.URN) error { return w.Delete(w.socket(), p) },
		} {
			if _, err := w.CreateUser(w.socket(), name, right, roles.Everywhere, roles.Admin); err != nil {
				t.Fatal(err)
			}
			b, err := w.SignIn(from("default", ""), name, right, nil)
			if err != nil {
				t.Fatal(err)
			}
			var made []string
			for _, by := range []string{w.token(name, nil, time.Time{}), b.Token} {
				made = append(made, w.mint(w.mustEnter(caller.Credentials{Bearer: by}), "vera", w.Now().Add(time.Minute)))
			}
			for _, secret := range made {
				w.mustEnter(caller.Credentials{Bearer: secret})
			}
			if err := end(urn.New("user", name)); err != nil {
				t.Fatal(err)
			}
			w.ended("being "+name, made...)
		}
	})
}
