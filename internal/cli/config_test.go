package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/tacit-ml/tacit/internal/app"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// TestFlagsAreNoKeys: whoever writes a flag of the server into the settings file
// is told the flag and its variable.
func TestFlagsAreNoKeys(t *testing.T) {
	t.Parallel()
	parser, err := kong.New(&serving{})
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range parser.Model.Flags {
		if flag.Hidden || len(flag.Envs) == 0 {
			continue
		}
		for _, key := range []string{flag.Name, strings.ReplaceAll(flag.Name, "-", "_")} {
			path := filepath.Join(t.TempDir(), "tacit.yaml")
			if err := os.WriteFile(path, []byte(key+": x\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := app.Settings{Config: path}.LoadConfig()
			if want := "give it as --" + flag.Name + ", or as " + flag.Envs[0] + ": "; !strings.HasPrefix(fault.HintOf(err), want) {
				t.Errorf("%s: %v with the hint %q, want %q", key, err, fault.HintOf(err), want)
			}
		}
	}
}
