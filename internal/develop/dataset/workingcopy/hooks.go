package workingcopy

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/listing"
	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/develop/dataset/repository"
	"github.com/tacit-ml/tacit/internal/develop/dataset/worktree"
	"github.com/tacit-ml/tacit/internal/develop/dataset/yamltext"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Install writes the hooks by which git calls a program, and makes it the driver that
// merges .dvc files. Hooks that are there already, of whomever, are fault.Exists.
func Install(ctx context.Context, r *repository.Repository, program string) error {
	folder, err := r.Git().Hooks(ctx)
	if err != nil {
		return err
	}
	hooks := []string{"post-checkout", "pre-commit", "pre-push"}
	for _, h := range hooks {
		if _, err := os.Lstat(filepath.Join(folder, h)); err == nil {
			return fault.New(fault.Exists, "Hook '%s' already exists. Please refer to <https://man.dvc.org/install> for more info.", h)
		}
	}
	if err := errors.Join(makeFolder(folder), driver(ctx, r, program)); err != nil {
		return err
	}
	for _, h := range hooks {
		text := "#!/bin/sh\nexec " + program + " git-hook " + h + " $@\n"
		if err := os.WriteFile(filepath.Join(folder, h), []byte(text), 0o777); err != nil { //nolint:gosec // a hook is a program
			return unwritable(filepath.Join(folder, h), err)
		}
	}
	return nil
}

// driver makes a program the one that merges .dvc files.
func driver(ctx context.Context, r *repository.Repository, program string) error {
	if err := r.Git().Configure(ctx, "merge.dvc.name", "DVC merge driver"); err != nil {
		return err
	}
	return r.Git().Configure(ctx, "merge.dvc.driver", program+" git-hook merge-driver --ancestor %O --our %A --their %B ")
}

// preCommit is the file of the program pre-commit.
const preCommit = ".pre-commit-config.yaml"

// InstallPreCommit has the program pre-commit call a program as git's hooks would, under
// the names that dvc's own hooks have there, and makes it the driver that merges .dvc
// files. What calls dvc or tacit already stays as it is.
func InstallPreCommit(ctx context.Context, r *repository.Repository, program string) error {
	if err := driver(ctx, r, program); err != nil {
		return err
	}
	file := filepath.Join(r.Git().Root(), preCommit)
	text, err := readThere(file)
	if err != nil {
		return err
	}
	if strings.Contains(string(text), "id: dvc-pre-commit") {
		return nil
	}
	root, err := yamltext.Parse(text)
	if err != nil {
		return fault.Because(err, fault.Invalid, "'%s' is no YAML.", preCommit)
	}
	last := len(root.Entries) - 1
	switch repos := root.Get("repos"); {
	case repos == nil:
		text = append(endLine(text), "repos:\n"...)
	case last < 0 || root.Entries[last].Key.Value != any("repos") || len(repos.Items) == 0 || strings.Contains(string(text), "repos: ["):
		return fault.WithHint(fault.New(fault.Unsupported, "'%s' has its list of repos in a form that is not written to.", preCommit), "put repos: at its end, as a list with a line for each")
	default:
		text = endLine(text)
	}
	indent := ""
	if i := strings.Index(string(text), "\nrepos:\n"); i >= 0 || strings.HasPrefix(string(text), "repos:\n") {
		rest := string(text)[i+len("\nrepos:\n"):]
		indent = rest[:len(rest)-len(strings.TrimLeft(rest, " "))]
	}
	for line := range strings.Lines("- repo: local\n  hooks:\n") {
		text = append(text, indent+line...)
	}
	for _, hook := range []string{"pre-commit", "pre-push", "post-checkout"} {
		always := ""
		if hook == "post-checkout" {
			always = "    always_run: true\n"
		}
		entry := "  - id: dvc-" + hook + "\n    name: DVC " + hook + "\n    entry: " + program + " git-hook " + hook + "\n    language: system\n    verbose: true\n" + always + "    stages:\n    - " + hook + "\n"
		for line := range strings.Lines(entry) {
			text = append(text, indent+line...)
		}
	}
	return replace(file, text)
}

// endLine is a text whose last line ends.
func endLine(text []byte) []byte {
	if len(text) > 0 && text[len(text)-1] != '\n' {
		text = append(text, '\n')
	}
	return text
}

// Merge makes, of two versions of a .dvc file that has one folder, one that has what both
// made of their ancestor, and writes it in place of the first. fault.Conflict where that
// cannot be. An ancestor that is empty is none.
func Merge(ctx context.Context, r *repository.Repository, ancestor, our, their string) error {
	var stages [3]*dvcfile.Stage
	var listings [3]*listing.Listing
	for i, file := range []string{ancestor, our, their} {
		content, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) && i == 0 {
			continue
		}
		if err != nil {
			return err
		}
		if i == 0 && strings.TrimSpace(string(content)) == "" {
			continue
		}
		if stages[i], err = dvcfile.ParseStage(filepath.Base(file), content); err != nil {
			return err
		}
		if listings[i], err = merged(ctx, r, stages[i]); err != nil {
			return err
		}
	}
	ours, theirs := &stages[1].Outs[0], &stages[2].Outs[0]
	if ours.Path != theirs.Path || ours.Remote != theirs.Remote || ours.NoCache != theirs.NoCache || ours.NoPush != theirs.NoPush {
		return fault.New(fault.Conflict, "unable to auto-merge outputs with different options")
	}
	l, err := listing.Merge(listings[0], listings[1], listings[2])
	if err != nil {
		return err
	}
	var text strings.Builder
	if err := l.Write(&text); err != nil {
		return err
	}
	cache := r.Cache(object.Current)
	if err := errors.Join(cache.MakeFolder(cache.Folder()), cache.PutBytes(l.Name(), []byte(text.String())), cache.Sync()); err != nil {
		return err
	}
	n := int64(l.Len())
	version{id: l.Name(), nfiles: &n, size: sizeOf(r, l)}.set(ours)
	content, err := stages[1].Encode()
	if err != nil {
		return err
	}
	return replace(our, content)
}

// merged is the listing of a stage that can be merged.
func merged(ctx context.Context, r *repository.Repository, s *dvcfile.Stage) (*listing.Listing, error) {
	if len(s.Outs) != 1 || len(s.Deps) > 0 {
		return nil, fault.New(fault.Conflict, "unable to auto-merge DVC files that weren't created by `dvc add`")
	}
	id, err := object.Parse(s.Outs[0].MD5)
	if err != nil || !id.Dir || s.Outs[0].Hash == "" {
		return nil, fault.New(fault.Conflict, "unable to auto-merge outputs that are not directories")
	}
	return r.Listing(ctx, object.Current, id)
}

// sizeOf is how many bytes the files of a listing have together; nil where one of them is
// not in the cache.
func sizeOf(r *repository.Repository, l *listing.Listing) *int64 {
	size := int64(0)
	for i := range l.Len() {
		stat, err := worktree.StatOf(r.Cache(object.Current).Path(l.ID(i)))
		if err != nil {
			return nil
		}
		size += stat.Size
	}
	return &size
}
