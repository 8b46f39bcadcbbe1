// Package datasettest is what the tests of the packages beside it have in common:
// files, trees of files, and working copies of git and DVC to try things on.
//
// It holds no test, and nothing but tests imports it.
package datasettest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Must ends the test with an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Write makes a file, and its folders.
func Write(t testing.TB, path, content string) {
	t.Helper()
	Must(t, os.MkdirAll(filepath.Dir(path), 0o777))
	Must(t, os.WriteFile(path, []byte(content), 0o644))
}

// WriteAll makes files below a folder.
func WriteAll(t testing.TB, folder string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		Write(t, filepath.Join(folder, filepath.FromSlash(name)), content)
	}
}

// Read is the content of a file.
func Read(t testing.TB, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	Must(t, err)
	return string(content)
}

// Tree is each file below a folder, with its mode and content.
func Tree(t testing.TB, folder string) (all []string) {
	t.Helper()
	Must(t, filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		all = append(all, fmt.Sprintf("%s %v %s", filepath.ToSlash(strings.TrimPrefix(path, folder+string(filepath.Separator))), info.Mode(), content))
		return err
	}))
	return all
}

// Git runs git in a folder, as nobody's user.
func Git(t testing.TB, folder string, args ...string) string {
	t.Helper()
	c := exec.Command("git", append([]string{"-C", folder, "-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgSign=false", "-c", "init.defaultBranch=main"}, args...)...)
	c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Place is a new folder with a repository of git, that a test works on.
type Place struct {
	T    testing.TB
	Root string
}

// Begin makes a place.
func Begin(t testing.TB) *Place {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	Must(t, err)
	Git(t, root, "init", "-q")
	return &Place{t, root}
}

// Write makes a file, by its path from the root, and its folders.
func (p *Place) Write(name, content string) {
	p.T.Helper()
	Write(p.T, filepath.Join(p.Root, name), content)
}

// Read is the content of a file.
func (p *Place) Read(name string) string {
	p.T.Helper()
	return Read(p.T, filepath.Join(p.Root, name))
}

// Remove takes a file or a folder away.
func (p *Place) Remove(name string) {
	p.T.Helper()
	Must(p.T, os.RemoveAll(filepath.Join(p.Root, name)))
}

// Commit commits all that git does not ignore.
func (p *Place) Commit() {
	p.T.Helper()
	Git(p.T, p.Root, "add", "-A")
	Git(p.T, p.Root, "commit", "-q", "-m", "m")
}
