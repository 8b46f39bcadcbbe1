package access

import (
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// A replayed refresh token ends the whole session: whoever stole one has
// nothing, and the owner notices.
func TestReplayedRefreshTokenEndsTheSession(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := from("default", "")
		first, err := w.SignIn(ctx, "ada", right, roles.Scope{"viewer"})
		if err != nil {
			t.Fatal(err)
		}
		second, err := w.Refresh(ctx, first.Refresh)
		if err != nil {
			t.Fatal(err)
		}
		if second.Scope.String() != "viewer" || second.Refresh == first.Refresh {
			t.Errorf("carried on as %+v", second)
		}
		w.mustEnter(caller.Credentials{Bearer: second.Token})
		_, err = w.Refresh(ctx, first.Refresh)
		wants(t, err, fault.Unauthenticated)
		for _, c := range []string{first.Token, second.Token} {
			_, err := w.enter(caller.Credentials{Bearer: c})
			wants(t, err, fault.Unauthenticated)
		}
		_, err = w.Refresh(ctx, second.Refresh)
		wants(t, err, fault.Unauthenticated)
	})
}

func TestSessionsEnd(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := from("default", "")
		b, err := w.SignIn(ctx, "ada", right, nil)
		if err != nil {
			t.Fatal(err)
		}
		w.pass(BearerTime)
		_, err = w.enter(caller.Credentials{Bearer: b.Token})
		wants(t, err, fault.Unauthenticated)
		b, err = w.Refresh(ctx, b.Refresh)
		if err != nil {
			t.Fatal(err)
		}
		w.mustEnter(caller.Credentials{Bearer: b.Token})
		if err := w.Revoke(ctx, b.Refresh); err != nil {
			t.Fatal(err)
		}
		_, err = w.enter(caller.Credentials{Bearer: b.Token})
		wants(t, err, fault.Unauthenticated)
		for _, unknown := range []string{"", "x", refreshPrefix + "x", bearerPrefix + "x", personalPrefix + "x"} {
			if err := w.Revoke(ctx, unknown); err != nil {
				t.Errorf("revoking %q: %v", unknown, err)
			}
		}

		// Another password ends what was begun with the one before.
		b, err = w.SignIn(ctx, "ada", right, nil)
		if err != nil {
			t.Fatal(err)
		}
		own := w.mustEnter(caller.Credentials{User: "ada", Password: right})
		wants(t, w.SetPassword(own, "ada", "not it at all", "another battery"), fault.Denied)
		if err := w.SetPassword(own, "ada", right, "another battery"); err != nil {
			t.Fatal(err)
		}
		_, err = w.enter(caller.Credentials{Bearer: b.Token})
		wants(t, err, fault.Unauthenticated)
		_, err = w.enter(caller.Credentials{User: "ada", Password: right})
		wants(t, err, fault.Unauthenticated)
		w.mustEnter(caller.Credentials{User: "ada", Password: "another battery"})

		b, err = w.SignIn(ctx, "ada", "another battery", nil)
		if err != nil {
			t.Fatal(err)
		}
		w.pass(sessionTime)
		_, err = w.Refresh(ctx, b.Refresh)
		wants(t, err, fault.Unauthenticated)
		w.pass(keptOver)
		if err := w.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"access_session", "access_bearer", "access_refresh"} {
			n, err := rows.One(ctx, w.DB.Read(), rows.Column[int], "SELECT count(*) FROM "+table)
			if err != nil || n != 0 {
				t.Errorf("%s has %d records after the sweep: %v", table, n, err)
			}
		}
	})
}
