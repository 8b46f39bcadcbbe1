package app

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

// Policies are read again with tacit.yaml and the files it names; a mistake in
// any of them leaves those in force that were.
func TestPoliciesAreReadAgain(t *testing.T) {
	t.Parallel()
	g := openGuarded(t)
	const one = "access:\n  policy_files: [team.cedar]\n  policies:\n    - {id: one, cedar: 'permit (principal, action, resource);'}\n"
	g.write("team.cedar", `@id("two") forbid (principal, action, resource is Run);`)
	g.write("tacit.yaml", one)
	if err := g.Reload(); err != nil {
		t.Fatal(err)
	}
	inForce := func() (ids string) {
		for _, p := range g.Config().Value("access").(*access.Settings).Added().Policies {
			ids += p.ID + " "
		}
		return ids
	}
	if got := inForce(); got != "one two " {
		t.Errorf("in force: %s", got)
	}
	for name, mistake := range map[string]string{
		"team.cedar": `forbid (principal, action, resource is Rum);`,
		"tacit.yaml": one + "    - {id: two, cedar: 'permit (principal, action, resource);'}\n",
	} {
		before, err := os.ReadFile(filepath.Join(g.folder(), name))
		if err != nil {
			t.Fatal(err)
		}
		g.write(name, mistake)
		if err := g.Reload(); !fault.Is(err, fault.Invalid) {
			t.Errorf("a mistake in %s: %v", name, err)
		}
		if got := inForce(); got != "one two " {
			t.Errorf("after a mistake in %s: %s", name, got)
		}
		g.write(name, string(before))
	}
	g.write("team.cedar", `@id("three") forbid (principal, action, resource is Run);`)
	if err := g.Reload(); err != nil {
		t.Fatal(err)
	}
	if got := inForce(); got != "one three " {
		t.Errorf("read again: %s", got)
	}
}
