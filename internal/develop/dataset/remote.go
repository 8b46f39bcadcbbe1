package dataset

import (
	"context"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/dataset/object"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Remote is a remote that is kept here. It came to be by the first push to it.
type Remote struct {
	Name string
	Made time.Time
}

// Size is what lies in a remote.
type Size struct {
	Objects int64
	Bytes   int64     // of them, however they are stored
	Last    time.Time // when one was pushed; zero where there is none
}

// Version is a listing or a file as the data of a moment, in a remote with all its
// files.
type Version struct {
	ID     object.ID
	Layout object.Layout
	Files  int64 // 1 of a file
	Bytes  int64 // of all its files
	Pushed time.Time
	Actor  string // the URN of who pushed it

	Remote string
	Places []Place // where repositories have it, the newest first
	// Rows and Columns are of the tables in it together, nil until they are counted
	// and where there are none, Columns also where tables have different columns.
	Rows, Columns *int64
}

// MaxName is the longest name of a remote: what a bucket may be named.
const MaxName = 63

// CheckName refuses what cannot name a remote, with fault.Invalid: it stands in
// addresses, and as the name of a bucket.
func CheckName(name string) error {
	plain := func(c rune) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' }
	if name != "" && len(name) <= MaxName && plain(rune(name[0])) && !strings.ContainsFunc(name, func(c rune) bool { return !plain(c) && !strings.ContainsRune("._-", c) }) {
		return nil
	}
	return fault.WithHint(fault.New(fault.Invalid, "%.80q cannot name a remote.", name), "take at most %d letters, digits, dots, dashes and underscores, of which the first is a letter or a digit", MaxName)
}

// Remotes are those of the caller's workspace, by name.
func (s *Service) Remotes(ctx context.Context) (_ []Remote, err error) {
	defer fault.Wrap(&err, "dataset.Remotes")
	return rows.Collect(ctx, s.DB.Read(), scanRemote, selectRemotes, caller.Workspace(ctx))
}

// Remote is one of the caller's workspace. fault.NotFound.
func (s *Service) Remote(ctx context.Context, name string) (_ Remote, err error) {
	defer fault.Wrap(&err, "dataset.Remote(%s)", name)
	r, err := rows.One(ctx, s.DB.Read(), scanRemote, selectRemote, caller.Workspace(ctx), name)
	if rows.IsNone(err) {
		err = noRemote(name)
	}
	return r, err
}

func noRemote(name string) error {
	return fault.WithHint(fault.New(fault.NotFound, "There is no remote %q.", name), "it comes to be by the first push to it")
}

// SizeOf counts what lies in a remote; nothing in one that is not there.
func (s *Service) SizeOf(ctx context.Context, remote string) (size Size, err error) {
	defer fault.Wrap(&err, "dataset.SizeOf(%s)", remote)
	var last int64
	err = s.DB.Read().QueryRow(ctx, sumUpRemote, caller.Workspace(ctx), remote).Scan(&size.Objects, &size.Bytes, &last)
	if last > 0 {
		size.Last = time.UnixMicro(last).UTC()
	}
	return size, err
}

// Versions are the last of a remote, the newest first, at most limit.
func (s *Service) Versions(ctx context.Context, remote string, limit int) (_ []Version, err error) {
	defer fault.Wrap(&err, "dataset.Versions(%s)", remote)
	return rows.Collect(ctx, s.DB.Read(), scanVersion, selectVersions, caller.Workspace(ctx), remote, limit)
}

// ensure makes a remote that is not there, and tells it.
func (s *Service) ensure(ctx context.Context, tx *rows.Tx, remote string) error {
	n, err := tx.Exec(ctx, insertRemote, caller.Workspace(ctx), remote, s.Now().UnixMicro())
	if err != nil || n == 0 {
		return err
	}
	return s.Events.Append(ctx, tx, remoteCreated(remote))
}
