package access

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/grant"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
)

// Whoever makes something may do with it what MLflow lets its maker do, and
// nobody else gets more; where the role or a grant gives it all, nothing is kept.
func TestMakersManageWhatTheyMake(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		looked := 0
		w.Facts = func(_ context.Context, u urn.URN) (policy.Resource, bool, error) {
			looked++
			return policy.Named(u, "default"), true, nil
		}
		made := func(ctx context.Context, kind, object string) {
			t.Helper()
			if err := w.DB.Write(ctx, func(tx *rows.Tx) error { return w.Made(ctx, tx, kind, object) }); err != nil {
				t.Fatal(err)
			}
		}
		enter := func(user string) context.Context {
			return w.mustEnter(caller.Credentials{Bearer: w.token(user, nil, time.Time{})})
		}
		kept := func() (all []string) {
			t.Helper()
			found, err := w.Grants(w.socket(), GrantQuery{})
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range found {
				all = append(all, g.Principal.Name()+" "+string(g.Level)+" "+g.Kind+" "+g.Object)
			}
			return all
		}
		made(enter("ada"), "experiment", "7")
		made(enter("root"), "experiment", "8") // may do all
		made(w.socket(), "experiment", "9")    // nobody signed in
		if diff := cmp.Diff([]string{"ada MANAGE experiment 7"}, kept()); diff != "" {
			t.Error(diff)
		}
		ada := enter("ada")
		for object, want := range map[string]bool{"7": true, "8": false} {
			if err := w.Check(ada, "experiment.grant", urn.New("experiment", object)); (err == nil) != want {
				t.Errorf("ada grants on %s: %v", object, err)
			}
		}
		// Her requests cost what they did before: nothing is looked at that the role decides.
		looked = 0
		if err := w.Check(ada, "run.create", urn.New("experiment", "8")); err != nil || looked != 0 {
			t.Errorf("%d objects were looked at: %v", looked, err)
		}
		wants(t, w.Check(enter("vera"), "experiment.update", urn.New("experiment", "7")), fault.Denied)

		// A grant that takes something away is heeded beside it, and one that gives
		// all leaves nothing to add.
		if err := w.SetGrant(w.socket(), grant.Grant{Principal: urn.New("user", "ada"), Kind: "experiment", Object: "8", Level: grant.NoPermissions}); err != nil {
			t.Fatal(err)
		}
		wants(t, w.Check(enter("ada"), "experiment.read", urn.New("experiment", "8")), fault.Denied)
		if err := w.SetGrant(w.socket(), grant.Grant{Principal: urn.New("user", "ada"), Kind: "model", Object: grant.AnyObject, Level: grant.Manage}); err != nil {
			t.Fatal(err)
		}
		made(enter("ada"), "model", "churn")
		if diff := cmp.Diff([]string{"ada MANAGE experiment 7", "ada NO_PERMISSIONS experiment 8", "ada MANAGE model *"}, kept()); diff != "" {
			t.Error(diff)
		}
	})
}
