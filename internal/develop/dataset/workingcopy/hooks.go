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
	if err := makeFolder(folder); err != nil {
		return err
	}
	if err := r.Git().Configure(ctx, "merge.dvc.name", "DVC merge driver"); err != nil {
		return err
	}
	if err := r.Git().Configure(ctx, "merge.dvc.driver", program+" git-hook merge-driver --ancestor %O --our %A --their %B "); err != nil {
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
	if err := errors.Join(makeFolder(cache.Folder()), cache.PutBytes(l.Name(), []byte(text.String())), cache.Sync()); err != nil {
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
