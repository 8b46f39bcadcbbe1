package access

import (
	"context"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
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
