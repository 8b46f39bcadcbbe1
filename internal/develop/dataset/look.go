package dataset

import (
	"context"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// EntryAt is the file or folder at a path of a version, "" for the version itself.
// fault.NotFound where there is no such version, or nothing at the path.
func (s *Service) EntryAt(ctx context.Context, remote string, id object.ID, path string) (_ Entry, err error) {
	defer fault.Wrap(&err, "dataset.EntryAt(%s, %s, %s)", remote, id, path)
	tree, err := s.tree(ctx, remote, id)
	if err != nil {
		return Entry{}, err
	}
	if !id.Dir && path == "" {
		return *tree.file(tree.Path(0)), nil
	}
	if file := tree.file([]byte(path)); file != nil {
		return *file, nil
	}
	from, to := tree.Below([]byte(path))
	if from == to && path != "" {
		return Entry{}, fault.New(fault.NotFound, "There is nothing at %.200q in the version %s.", path, id)
	}
	return Entry{Name: path, Folder: true, Files: int64(to - from), Bytes: tree.bytes(from, to)}, nil
}

// ObjectIn finds an object of a remote by its name, in the layout that it has there.
// fault.NotFound.
func (s *Service) ObjectIn(ctx context.Context, remote string, id object.ID) (_ *Object, err error) {
	defer fault.Wrap(&err, "dataset.ObjectIn(%s, %s)", remote, id)
	h, _, err := s.anyLayout(ctx, remote, id)
	if err != nil {
		return nil, err
	}
	return &Object{ID: id, Size: h.size, Pushed: h.pushed, at: h, store: s.Blobs}, nil
}
