package scan

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// Take has judged what events tell of: new versions, logged models whose files are
// all there, and files that changed below a folder with a verdict.
func (s *Service) Take(ctx context.Context, all []event.Event) (err error) {
	defer fault.Wrap(&err, "scan.Take(%d)", len(all))
	for _, e := range all {
		if e.Outcome != event.Done {
			continue
		}
		if err := s.take(caller.With(ctx, caller.System(subscriber, e.Workspace)), e); err != nil {
			return fault.Because(err, fault.Internal, "The event %s cannot be taken.", e.ID)
		}
	}
	return nil
}

// take takes one event. What is gone by now needs no verdict.
func (s *Service) take(ctx context.Context, e event.Event) error {
	name := func() string { return e.Subject.Path[0] }
	number := func() int64 {
		n, _ := strconv.ParseInt(e.Subject.Path[len(e.Subject.Path)-1], 10, 64)
		return n
	}
	var err error
	switch e.Verb {
	case "registry.version.created", "registry.version.transferred":
		err = s.takeVersion(ctx, name(), number())
	case "registry.version.deleted":
		err = s.write(ctx, []string{deleteVersion, deleteFailing}, name(), number())
	case "registry.model.deleted":
		err = s.write(ctx, []string{deleteVersions, deleteFailingAll, deleteFixes, deleteFixed}, name())
	case "registry.model.renamed":
		var data struct{ From, To string }
		if read(e, &data) && data.From != "" {
			err = s.write(ctx, []string{renameVersions, renameFailing, renameFixes, renameFixed}, data.From, data.To)
		}
	case "registry.alias.set":
		var data struct{ From int64 }
		if read(e, &data) && data.From != 0 && data.From != number() {
			err = s.review(ctx, VersionRef{name(), data.From}) // which has the alias no more
		}
		if err == nil {
			err = s.review(ctx, VersionRef{name(), number()})
		}
	case "registry.alias.removed", "registry.version.staged":
		err = s.review(ctx, VersionRef{name(), number()})
	case "tracking.logged_model.finalized":
		var root string
		if root, _, err = s.Models.OfLoggedModel(ctx, name()); err == nil && root != "" {
			err = s.request(ctx, root)
		}
	case "artifact.file.stored":
		err = s.takeFile(ctx, strings.Join(e.Subject.Path, "/"))
	case "artifact.file.deleted":
		if err = s.takeFile(ctx, strings.Join(e.Subject.Path, "/")); err == nil {
			err = s.takeFolder(ctx, strings.Join(e.Subject.Path, "/"))
		}
	}
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	return err
}

func (s *Service) takeVersion(ctx context.Context, name string, number int64) error {
	root, _, err := s.Models.OfVersion(ctx, name, number)
	if err != nil || root == "" {
		return err
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		workspace := caller.Workspace(ctx)
		before, err := rows.One(ctx, tx, rows.Column[string], selectVersionRoot, workspace, name, number)
		if err != nil && !rows.IsNone(err) {
			return err
		}
		if before != root {
			if _, err := tx.Exec(ctx, insertVersion, workspace, root, name, number); err != nil {
				return err
			}
			j, err := rows.One(ctx, tx, scanJudgement, selectJudgement, workspace, root)
			if err != nil && !rows.IsNone(err) {
				return err
			}
			if err == nil && j.Files > 0 {
				if err := s.Events.Append(ctx, tx, versionPlaced(VersionRef{name, number}, root)); err != nil {
					return err
				}
			}
		}
		return s.enqueue(ctx, tx, workspace, root)
	})
}

// takeFile has judged the known folders that a file lies in.
func (s *Service) takeFile(ctx context.Context, p string) error {
	folders := append([]string{p}, above(p)...)
	r, d := s.DB.Read(), s.DB.Dialect()
	roots, err := rows.Collect(ctx, r, rows.Column[string], selectRootsAbove+rows.Listed[string](d, 2), caller.Workspace(ctx), rows.List(d, folders))
	if err != nil {
		return err
	}
	return s.requestAll(ctx, roots)
}

// takeFolder has judged the known folders that lay in one that is gone.
func (s *Service) takeFolder(ctx context.Context, p string) error {
	const behindSlash = "0" // the next character
	roots, err := rows.Collect(ctx, s.DB.Read(), rows.Column[string], selectRootsBelow, caller.Workspace(ctx), p+"/", p+behindSlash)
	if err != nil {
		return err
	}
	return s.requestAll(ctx, roots)
}

func (s *Service) requestAll(ctx context.Context, roots []string) error {
	if len(roots) == 0 {
		return nil
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		for _, root := range roots {
			if err := s.enqueueLater(ctx, tx, root); err != nil {
				return err
			}
		}
		return nil
	})
}

// read reads the data of an event.
func read(e event.Event, into any) bool {
	raw, ok := e.Data.(json.RawMessage)
	return ok && json.Unmarshal(raw, into) == nil
}

func (s *Service) write(ctx context.Context, statements []string, args ...any) error {
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		for _, statement := range statements {
			if _, err := tx.Exec(ctx, statement, append([]any{caller.Workspace(ctx)}, args...)...); err != nil {
				return err
			}
		}
		return nil
	})
}
