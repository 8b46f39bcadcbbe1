package access

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
)

// Other policies leave one entry, with hashes that follow one another; the same, read
// again or at the next start, leave none.
func TestOtherPoliciesAreTold(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		in := &Settings{}
		w.Settings = func() *Settings { return in }
		read := func(cedar string) {
			t.Helper()
			s, err := ruledBy(cedar)
			if err != nil {
				t.Fatal(err)
			}
			in = s
			for range 2 {
				if err := w.TellPolicies(caller.With(t.Context(), caller.System("start", caller.DefaultWorkspace))); err != nil {
					t.Fatal(err)
				}
			}
		}
		read("")
		const frozen = `forbid (principal, action == Action::"run.update", resource);`
		read(frozen)
		read(frozen + "\n" + `permit (principal == User::"ada", action == Action::"run.read", resource);`)
		read("")
		all, err := w.log.List(t.Context(), event.Query{Verb: policiesVerb, Everywhere: true, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(all) != 3 {
			t.Fatalf("%d entries, want 3", len(all))
		}
		slices.Reverse(all)
		none := event.Hash([]string{})
		want := []string{none, all[0].After, all[0].After, all[1].After, all[1].After, none}
		var got []string
		for _, e := range all {
			got = append(got, e.Before, e.After)
		}
		if diff := cmp.Diff(want, got); diff != "" || all[0].After == none || all[1].After == all[0].After {
			t.Errorf("%s %v", diff, got)
		}
	})
}
