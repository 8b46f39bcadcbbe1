package scan

import (
	"context"
	"fmt"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/govern/signing"
)

// Contents are files as they were judged, with their digests, and their signature.
type Contents struct {
	Files   []signing.File
	Bundle  []byte
	Waiting bool // they changed since, or nothing was judged yet
}

// ContentsBelow gives the files below a folder of the artifacts, for whoever signs
// or verifies them.
func (s *Service) ContentsBelow(ctx context.Context, root string) (c Contents, err error) {
	defer fault.Wrap(&err, "scan.ContentsBelow(%s)", root)
	k, known, err := s.imprintOf(ctx, root)
	if err != nil {
		return c, err
	}
	seen, err := listing(ctx, s.Files, root)
	if err != nil || !known {
		return Contents{Waiting: seen != ""}, err
	}
	of, err := rows.One(ctx, s.DB.Read(), scanContents, selectContents, caller.Workspace(ctx), root)
	if err != nil {
		return c, err
	}
	return Contents{Files: of.files, Bundle: k.bundle, Waiting: k.listing != seen || of.listing != seen}, nil
}

// ContentsOf is ContentsBelow for a version. fault.NotFound; fault.Invalid where
// tacit keeps no files of it.
func (s *Service) ContentsOf(ctx context.Context, name string, number int64) (_ Contents, err error) {
	root, err := s.FolderOf(ctx, name, number)
	if err != nil {
		return Contents{}, err
	}
	return s.ContentsBelow(ctx, root)
}

// FolderOf is the folder of a version's files in the artifacts of the workspace.
// fault.NotFound; fault.Invalid where tacit keeps none of them.
func (s *Service) FolderOf(ctx context.Context, name string, number int64) (string, error) {
	root, elsewhere, err := s.Models.OfVersion(ctx, name, number)
	switch {
	case err != nil || root != "":
		return root, err
	case elsewhere != "":
		return "", fault.New(fault.Invalid, "The files of version %d of %s lie at %s, where tacit does not read.", number, name, elsewhere)
	}
	return "", fault.New(fault.Invalid, "Version %d of %s has no files.", number, name)
}

// content is a file as it is kept.
type content struct {
	Path   string `json:"p"`
	Size   int64  `json:"s"`
	Digest string `json:"d"`
}

func contentsOf(files []signing.File) []content {
	all := make([]content, len(files))
	for i, f := range files {
		all[i] = content{f.Path, f.Size, f.Digest.String()}
	}
	return all
}

func scanContents(row rows.Scanner) (k imprint, err error) {
	var kept []byte
	if err := row.Scan(&k.listing, &kept); err != nil {
		return k, err
	}
	var all []content
	if err := expanded(kept, mostContents, &all); err != nil {
		return k, fmt.Errorf("scan: kept names of files: %w", err)
	}
	for _, c := range all {
		digest, err := signing.ParseDigest(c.Digest)
		if err != nil {
			return k, err
		}
		k.files = append(k.files, signing.File{Path: c.Path, Size: c.Size, Digest: digest})
	}
	return k, nil
}
