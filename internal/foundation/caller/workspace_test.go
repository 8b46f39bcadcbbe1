package caller

import (
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func TestNamesOfWorkspaces(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]bool{
		"a": true, "7": true, "team-a_7": true, "a--b": true, strings.Repeat("a", 63): true,
		"": false, "-a": false, "a_": false, "-": false, "A": false, "a b": false, "a/b": false, "ä": false, "a\n": false, "a.b": false, strings.Repeat("a", 64): false,
	} {
		if err := CheckWorkspace(name); (err == nil) != good || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
