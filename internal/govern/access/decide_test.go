package access

import (
	"context"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// as is the context of a request of somebody in default, also of who has no
// part there.
func (w world) as(user string) context.Context {
	w.t.Helper()
	who, err := w.participantIn(w.socket(), urn.New("user", user))
	if err != nil {
		w.t.Fatal(err)
	}
	return context.WithValue(as(w.socket(), who.actor), participantKey{}, who)
}

// No grant takes anything from an administrator, of one object or of a list,
// whether policies are in force or not; a policy that forbids does.
func TestNoGrantBindsAnAdministrator(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		for _, g := range []grant.Grant{{Principal: urn.New("user", "root"), Kind: "experiment", Object: grant.AnyObject, Level: grant.NoPermissions}, {Principal: urn.New("user", "root"), Kind: "experiment", Object: "1", Level: grant.NoPermissions}} {
			if err := w.SetGrant(w.socket(), g); err != nil {
				t.Fatal(err)
			}
		}
		root := w.mustEnter(caller.Credentials{Bearer: w.token("root", nil, time.Time{})})
		for _, cedar := range []string{"", `forbid (principal == User::"nobody", action, resource);`} {
			w.ruled(cedar)
			if err := w.Check(root, "experiment.delete", urn.New("experiment", "1")); err != nil {
				t.Errorf("with %q: %v", cedar, err)
			}
			if n, err := w.Visible(root, "experiment.list"); err != nil || n != (filter.Node)(filter.True{}) {
				t.Errorf("with %q: %v, %v", cedar, n, err)
			}
		}
		w.ruled(`forbid (principal, action in Action::"experiment", resource == Experiment::"1");`)
		wants(t, w.Check(root, "experiment.read", urn.New("experiment", "1")), fault.Denied)
		if n, err := w.Visible(root, "experiment.list"); err != nil || n == (filter.Node)(filter.True{}) {
			t.Errorf("a list past a policy: %v, %v", n, err)
		}
	})
}

// A policy that forbids wins over one that permits, of one object and of a list.
func TestForbidsWinOverPermits(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.ruled(`permit (principal, action in Action::"viewer", resource);
forbid (principal, action, resource == Experiment::"1");`)
		vera := w.as("vera")
		wants(t, w.Check(vera, "experiment.read", urn.New("experiment", "1")), fault.Denied)
		n, err := w.Visible(vera, "experiment.list")
		if _, ok := n.(filter.True); err != nil || ok {
			t.Errorf("the list is seen under %v, %v", n, err)
		}
	})
}

// Who may read nothing in a workspace is told nothing there; who may read one thing
// is told of that, and of data, jobs and people only with a role.
func TestWhatIsToldToWhoHasNoRole(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.Facts = filed
		for name, l := range map[string]grant.Level{"none": grant.NoPermissions, "gina": grant.Read} {
			if _, err := w.CreateUser(w.socket(), name, right, "", roles.None); err != nil {
				t.Fatal(err)
			}
			if err := w.SetGrant(w.socket(), grant.Grant{Principal: urn.New("user", name), Kind: "run", Object: "r", Level: l}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.SetGrant(w.socket(), grant.Grant{Principal: urn.New("user", "vera"), Kind: "run", Object: "s", Level: grant.NoPermissions}); err != nil {
			t.Fatal(err)
		}
		for _, action := range entered {
			wants(t, w.Check(w.as("none"), action, urn.URN{}), fault.Denied)
			if err := w.Check(w.as("gina"), action, urn.URN{}); err != nil {
				t.Errorf("gina may not %s: %v", action, err)
			}
		}
		for _, c := range []struct {
			user, of string
			told     bool
		}{
			{"gina", "tacit:run/r", true}, {"gina", "tacit:run/s", false}, {"gina", "tacit:run/gone", false}, {"gina", "tacit:experiment/1", false}, {"gina", "tacit:data/d", false},
			{"vera", "tacit:run/r", true}, {"vera", "tacit:run/s", false}, {"vera", "tacit:run/gone", false}, {"vera", "tacit:data/d", true}, {"vera", "tacit:artifact/2/s/f", false},
			{"ada", "tacit:run/s", true},
		} {
			u, err := urn.Parse(c.of)
			if err != nil {
				t.Fatal(err)
			}
			ctx := w.as(c.user)
			may := true
			reads, err := w.Reader(ctx)
			if err == nil && reads != nil {
				may, err = reads(u)
			}
			if err != nil || may != c.told {
				t.Errorf("%s is told of %s: %v, %v", c.user, c.of, may, err)
			}
			if policy.Named(u, "").Kind == "data" {
				continue // whose lineage is asked of what it was told with
			}
			if err := w.Check(ctx, "lineage.read", u); (err == nil) != c.told {
				t.Errorf("the lineage of %s for %s: %v", c.of, c.user, err)
			}
		}
	})
}

// Who may read all but some files does not read everything: what happened is told
// them one by one.
func TestFilesAreAmongWhatIsRead(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.Facts = filed
		w.ruled(`forbid (principal, action == Action::"artifact.read", resource is Artifact) when { resource.id like "1/r/*" };`)
		if reads, err := w.Reader(w.as("ada")); err != nil || reads == nil {
			t.Errorf("ada is taken to read everything: %v", err)
		}
		w.ruled(`forbid (principal, action == Action::"artifact.write", resource is Artifact);`)
		if reads, err := w.Reader(w.as("ada")); err != nil || reads != nil {
			t.Errorf("ada is not taken to read everything: %v", err)
		}
	})
}

// What is not there is answered as what may not be read, whatever the token's scope
// lets through.
func TestAScopeTellsNothingOfWhatIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.Facts = filed
		w.ruled(`forbid (principal, action, resource is Run) when { resource.hasTag("of") && resource.getTag("of") == "s" };`)
		for _, scope := range []roles.Scope{nil, {"run.update"}} {
			ada := w.mustEnter(caller.Credentials{Bearer: w.token("ada", scope, time.Time{})})
			hidden, none := w.Check(ada, "run.update", urn.New("run", "s")), w.Check(ada, "run.update", urn.New("run", "gone"))
			if !fault.Is(hidden, fault.Denied) || !fault.Is(none, fault.Denied) || fault.Sentence(hidden) != fault.Sentence(none) || fault.HintOf(hidden) != fault.HintOf(none) {
				t.Errorf("with the scope %q: %v and %v", scope, hidden, none)
			}
			if err := w.Check(ada, "run.update", urn.New("run", "r")); err != nil {
				t.Errorf("with the scope %q: %v", scope, err)
			}
		}
	})
}

// Making something below what is hidden is answered as below what is not there.
func TestMakingTellsNothingOfWhatIsNotThere(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		w.Facts = filed
		w.ruled(`forbid (principal, action, resource) when { resource has experiment && resource.experiment.hasTag("n1") };`)
		ada := w.mustEnter(caller.Credentials{Bearer: w.token("ada", nil, time.Time{})})
		for _, action := range []string{"run.create", "logged-model.create"} {
			hidden, none := w.Check(ada, action, urn.New("experiment", "1")), w.Check(ada, action, urn.New("experiment", "gone"))
			if !fault.Is(hidden, fault.Denied) || !fault.Is(none, fault.Denied) || fault.Sentence(hidden) != fault.Sentence(none) {
				t.Errorf("%s: %v and %v", action, hidden, none)
			}
			if err := w.Check(ada, action, urn.New("experiment", "2")); err != nil {
				t.Errorf("%s where it may be: %v", action, err)
			}
		}
	})
}
