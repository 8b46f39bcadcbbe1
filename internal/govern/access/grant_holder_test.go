package access

import (
	"context"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// making gives a maker who is contributor in default and manages experiment 7.
func (w world) making(name string) context.Context {
	w.t.Helper()
	if _, err := w.CreateUser(w.socket(), name, right, "default", roles.Contributor); err != nil {
		w.t.Fatal(err)
	}
	ctx := w.mustEnter(caller.Credentials{Bearer: w.token(name, nil, time.Time{})})
	if err := w.DB.Write(ctx, func(tx *rows.Tx) error { return w.Made(ctx, tx, "experiment", "7") }); err != nil {
		w.t.Fatal(err)
	}
	return ctx
}

// Who manages a thing learns by granting on it neither who is in the installation,
// nor brings anybody into the workspace; its administrator does.
func TestMakersGrantToWhoHasAPart(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		maker := w.making("max")
		for name, workspace := range map[string]string{"out": "team", "bare": "", "hid": "", "invited": ""} {
			role := roles.Viewer
			if workspace == "" {
				role = roles.None
			}
			if _, err := w.CreateUser(w.socket(), name, right, workspace, role); err != nil {
				t.Fatal(err)
			}
		}
		group, err := w.MakeGroup(w.socket(), "planners", "")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Join(w.socket(), group.ID, urn.New("user", "invited")); err != nil {
			t.Fatal(err)
		}
		if err := w.SetGrant(w.socket(), grant.Grant{Principal: urn.New("user", "hid"), Kind: "experiment", Object: "8", Level: grant.NoPermissions}); err != nil {
			t.Fatal(err)
		}
		var said []string
		for _, name := range []string{"nobody", "out", "bare", "hid"} {
			err := w.SetGrant(maker, grant.Grant{Principal: urn.New("user", name), Kind: "experiment", Object: "7", Level: grant.Read})
			wants(t, err, fault.NotFound)
			if sentence := "There is no user " + name + " in the workspace."; fault.Sentence(err) != sentence {
				t.Errorf("of %s: %v", name, err)
			}
			said = append(said, fault.HintOf(err))
			_, err = w.Authenticate(from("default", ""), caller.Credentials{User: name, Password: right})
			if err == nil {
				t.Errorf("%s entered", name)
			}
		}
		for _, hint := range said[1:] {
			if hint != said[0] {
				t.Errorf("the refusals differ: %q", said)
			}
		}
		for _, p := range []urn.URN{urn.New("user", "vera"), urn.New("user", "root"), urn.New("user", "invited"), group.URN()} {
			if err := w.SetGrant(maker, grant.Grant{Principal: p, Kind: "experiment", Object: "7", Level: grant.Manage}); err != nil {
				t.Errorf("to %s: %v", p, err)
			}
		}
		wants(t, w.SetGrant(maker, grant.Grant{Principal: urn.New("group", "7"), Kind: "experiment", Object: "7", Level: grant.Read}), fault.NotFound)
		wants(t, w.SetGrant(maker, grant.Grant{Principal: urn.New("run", "7"), Kind: "experiment", Object: "7", Level: grant.Read}), fault.Invalid)
		admin := w.mustEnter(caller.Credentials{Bearer: w.token("root", nil, time.Time{})})
		if err := w.SetGrant(admin, grant.Grant{Principal: urn.New("user", "out"), Kind: "experiment", Object: "7", Level: grant.Read}); err != nil {
			t.Errorf("an administrator brings in: %v", err)
		}
		wants(t, w.SetGrant(admin, grant.Grant{Principal: urn.New("user", "nobody"), Kind: "experiment", Object: "7", Level: grant.Read}), fault.NotFound)
		w.mustEnter(caller.Credentials{User: "out", Password: right})
		// A token that may not give roles brings nobody in.
		narrow := w.mustEnter(caller.Credentials{Bearer: w.token("root", roles.Scope{"grant.update"}, time.Time{})})
		wants(t, w.SetGrant(narrow, grant.Grant{Principal: urn.New("user", "bare"), Kind: "experiment", Object: "7", Level: grant.Read}), fault.NotFound)
	})
}

// Who manages a thing keeps it from those beside and below, not from those above:
// neither by name nor by a group that they are in.
func TestMakersTakeNothingFromWhoIsAbove(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		maker := w.making("max")
		if _, err := w.CreateUser(w.socket(), "peer", right, "default", roles.Contributor); err != nil {
			t.Fatal(err)
		}
		mixed, err := w.MakeGroup(w.socket(), "mixed", "")
		if err != nil {
			t.Fatal(err)
		}
		below, err := w.MakeGroup(w.socket(), "below", "")
		if err != nil {
			t.Fatal(err)
		}
		for group, names := range map[int64][]string{mixed.ID: {"vera", "ada"}, below.ID: {"vera", "peer"}} {
			for _, name := range names {
				if err := w.Join(w.socket(), group, urn.New("user", name)); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, c := range []struct {
			to   urn.URN
			most grant.Level // the greatest that is refused, "" for none
		}{
			{urn.New("user", "ada"), grant.Edit}, {urn.New("user", "root"), grant.Edit}, {mixed.URN(), grant.Edit},
			{urn.New("user", "vera"), ""}, {urn.New("user", "peer"), ""}, {urn.New("user", "max"), ""}, {below.URN(), ""},
		} {
			for _, l := range []grant.Level{grant.NoPermissions, grant.Read, grant.Use, grant.Edit, grant.Manage} {
				err := w.SetGrant(maker, grant.Grant{Principal: c.to, Kind: "experiment", Object: "7", Level: l})
				if refused := c.most != "" && l.Rank() <= c.most.Rank(); refused != fault.Is(err, fault.Denied) || !refused && err != nil {
					t.Errorf("%s to %s: %v", l, c.to, err)
				}
			}
		}
		// An administrator of the workspace may.
		if err := w.SetRole(w.socket(), urn.New("user", "peer"), "default", roles.Admin); err != nil {
			t.Fatal(err)
		}
		admin := w.mustEnter(caller.Credentials{Bearer: w.token("peer", nil, time.Time{})})
		if err := w.SetGrant(admin, grant.Grant{Principal: urn.New("user", "ada"), Kind: "experiment", Object: "7", Level: grant.NoPermissions}); err != nil {
			t.Error(err)
		}
	})
}
