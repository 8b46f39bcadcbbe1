package workingcopy_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/develop/dataset/workingcopy"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// TestLinksThatLeadOut: a clone brings links, and .dvc files with places behind them. No
// command that changes data changes what lies there; dvc deletes it.
func TestLinksThatLeadOut(t *testing.T) {
	const file, none = "764efa883dda1e11db47671c4a3bbd9e", "d751713988987e9331980363e24189ce.dir"
	for name, c := range map[string]struct{ path, sum string }{
		"a file behind a link":     {"sub/secret", file},
		"a folder that is a link":  {"sub", none},
		"a folder behind two more": {"in/sub/deep", none},
	} {
		for command, do := range map[string]func(c workingcopy.Config) error{
			"checkout": func(c workingcopy.Config) error {
				_, err := c.Checkout(context.Background(), nil, workingcopy.CheckingOut{Force: true})
				return err
			},
			"remove": func(c workingcopy.Config) error { return c.Remove(context.Background(), "x.dvc", true) },
			"move": func(c workingcopy.Config) error {
				_, err := c.Move(context.Background(), "sub/secret", "mine")
				return err
			},
			"commit": func(c workingcopy.Config) error {
				return c.Commit(context.Background(), "x.dvc", workingcopy.Committing{Force: true})
			},
		} {
			p := begin(t, map[string]string{
				"x.dvc":                               "outs:\n- md5: " + c.sum + "\n  size: 3\n  hash: md5\n  path: " + c.path + "\n",
				".dvc/cache/files/md5/76/" + file[2:]: "hi\n", ".dvc/cache/files/md5/d7/" + none[2:]: "[]",
			})
			outside := t.TempDir()
			secret := filepath.Join(outside, "secret")
			datasettest.Write(t, secret, "hi\n")
			datasettest.Write(t, filepath.Join(outside, "deep", "secret"), "hi\n")
			datasettest.Must(t, os.MkdirAll(filepath.Join(p.Root, "in"), 0o777))
			if err := os.Symlink(outside, filepath.Join(p.Root, "sub")); err != nil {
				t.Skip("no symbolic links here:", err)
			}
			datasettest.Must(t, os.Symlink("../sub", filepath.Join(p.Root, "in", "sub")))
			err := do(p.config())
			for _, at := range []string{secret, filepath.Join(outside, "deep", "secret")} {
				if got, gone := os.ReadFile(at); gone != nil || string(got) != "hi\n" {
					t.Errorf("%s, %s: %s is gone or another; %v", name, command, at, err)
				}
			}
			if command == "checkout" && !fault.Is(err, fault.Conflict) {
				t.Errorf("%s, %s: %v", name, command, err)
			}
		}
	}
}
