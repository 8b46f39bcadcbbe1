package roles

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// What is read of a scope is written so that it is read the same, and never
// lets through what nobody wrote.
func FuzzScope(f *testing.F) {
	for _, text := range []string{"", "viewer", "viewer run.*", "run.update  run.update", "*.*", "admin\x00", "run.", ".read", "Viewer"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseScope(text)
		if err != nil {
			return
		}
		again, err := ParseScope(s.String())
		if err != nil || again.String() != s.String() {
			t.Errorf("%q is read as %q, and that as %q: %v", text, s, again, err)
		}
		if !s.Within(s) || !s.Within(nil) {
			t.Errorf("%q is not within itself, or not within all", s)
		}
		if len(s) > 0 && (Scope{}).Within(s) {
			t.Errorf("all is within %q", s)
		}
	})
}

// A word that stands for nothing is refused where a scope is asked for, with what
// there is, and lets nothing through where one was kept.
func TestAScopeNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	for text, tells := range map[string]string{"frob.nix": "experiment", "frob.*": "experiment", "viewer run.fly": "run.update", "run.*": "", "run.update model.*": "", "contributor": ""} {
		_, err := ParseScope(text)
		switch {
		case tells == "" && err != nil:
			t.Errorf("%q: %v", text, err)
		case tells != "" && (!fault.Is(err, fault.Invalid) || !strings.Contains(fault.HintOf(err), tells)):
			t.Errorf("%q: %v, and the hint %q does not name %s", text, err, fault.HintOf(err), tells)
		}
	}
	kept, err := KeptScope("frob.nix")
	if err != nil || kept.Lets("run.read") {
		t.Error(kept, err)
	}
}

// A scope within another lets nothing through that the other does not, and a
// greater role lets all through that a lesser one does.
func TestNarrowerScopesLetLessThrough(t *testing.T) {
	t.Parallel()
	actions := slices.Sorted(Actions())
	words := append(slices.Clone(actions), "run.*", "model.*", "experiment.*", "viewer", "contributor", "maintainer", "admin")
	draw.Check(t, func(t *rapid.T) {
		outer := Scope(rapid.SliceOfN(rapid.SampledFrom(words), 1, 6).Draw(t, "outer"))
		inner := Scope(rapid.SliceOfN(rapid.SampledFrom([]string(outer)), 1, 6).Draw(t, "inner"))
		action := rapid.SampledFrom(actions).Draw(t, "action")
		if !inner.Within(outer) {
			t.Fatalf("%v is not within %v", inner, outer)
		}
		if inner.Lets(action) && !outer.Lets(action) {
			t.Fatalf("%v lets %s through and %v does not", inner, action, outer)
		}
		i := rapid.IntRange(1, len(ranked)-1).Draw(t, "role")
		for _, greaterRole := range ranked[i:] {
			if (Scope{string(ranked[i])}).Lets(action) && !(Scope{string(greaterRole)}).Lets(action) {
				t.Fatalf("%s lets %s through and %s does not", ranked[i], action, greaterRole)
			}
		}
	})
}
