package scan

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
)

// VersionRef names a version of a model.
type VersionRef struct {
	Name   string
	Number int64
}

// Kept tells how the files of versions were judged last, without a look at the
// files: whether they changed since is not known. Of clean ones there is no report,
// and versions that nothing judged are left out. Who may see a version is the
// caller's to say.
func (s *Service) Kept(ctx context.Context, versions []VersionRef) (_ map[VersionRef]Verdict, err error) {
	defer fault.Wrap(&err, "scan.Kept(%d versions)", len(versions))
	pairs := make([]rows.Pair, len(versions))
	for i, v := range versions {
		pairs[i] = rows.Pair{Text: v.Name, Number: v.Number}
	}
	list, err := rows.ListPairs(pairs)
	if err != nil {
		return nil, err
	}
	dialect := s.DB.Dialect()
	found, err := rows.Collect(ctx, s.DB.Read(), scanKept, selectKept+rows.ListedPairs(dialect, 2), caller.Workspace(ctx), list)
	if err != nil {
		return nil, err
	}
	all := map[VersionRef]Verdict{}
	var digests []string
	for _, k := range found {
		v := Verdict{Judgement: k.judgement}
		if len(k.report) > 0 {
			if v.Report, err = unpack(k.report); err != nil {
				return nil, err
			}
		}
		all[k.VersionRef] = v
		digests = append(digests, k.judgement.Digest)
	}
	overrides, err := rows.Collect(ctx, s.DB.Read(), scanOverride, selectOverrides+rows.Listed[string](dialect, 2), caller.Workspace(ctx), rows.List(dialect, digests))
	if err != nil {
		return nil, err
	}
	for ref, v := range all {
		for i, o := range overrides {
			if o.Digest == v.Judgement.Digest {
				v.Override = &overrides[i]
				all[ref] = v
			}
		}
	}
	return all, s.fillFailing(ctx, all, list)
}

// fillFailing adds what versions fail at; of one whose files tacit does not keep that is
// all there is to tell.
func (s *Service) fillFailing(ctx context.Context, all map[VersionRef]Verdict, list any) error {
	found, err := rows.Collect(ctx, s.DB.Read(), scanFailingVersion, selectAllFailing+rows.ListedPairs(s.DB.Dialect(), 2), caller.Workspace(ctx), list)
	for _, f := range found {
		v := all[f.VersionRef]
		v.Failing = &f.Failing
		all[f.VersionRef] = v
	}
	return err
}

// explaining is how long who wants to know why waits.
const explaining = 20 * time.Second

// Why tells what the pickles of one of a version's files would do, as Explain does,
// and shows the bytes around each finding. fault.NotFound; fault.Invalid where tacit
// keeps no files of the version.
func (s *Service) Why(ctx context.Context, name string, number int64, file string) (_ string, err error) {
	defer fault.Wrap(&err, "scan.Why(%s, %d, %s)", name, number, file)
	root, err := s.FolderOf(ctx, name, number)
	if err != nil {
		return "", err
	}
	scanner, err := s.scanner()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, explaining)
	defer cancel()
	files, err := newFolder(ctx, s.Files, root)
	if err != nil {
		return "", err
	}
	source, closing, err := inspect.Open(files, file)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return "", fault.Because(err, fault.NotFound, "Version %d of %s has no file %q.", number, name, file)
	}
	if err != nil {
		return "", err
	}
	defer closing()
	text := limited{most: mostWhy}
	_, err = scanner.Explain(ctx, source, &text)
	return text.String(), err
}

// mostWhy bytes of an explanation are shown.
const mostWhy = 1 << 20

// limited is a text of which what is too much is left out.
type limited struct {
	bytes.Buffer
	most int
}

// Write keeps what there is room for.
func (l *limited) Write(p []byte) (int, error) {
	if room := l.most - l.Len(); room < len(p) {
		_, _ = l.Buffer.Write(p[:max(room, 0)])
		if room > 0 {
			_, _ = io.WriteString(&l.Buffer, "\n# and more, which tacit scan why prints whole\n")
		}
		return len(p), nil
	}
	return l.Buffer.Write(p)
}
