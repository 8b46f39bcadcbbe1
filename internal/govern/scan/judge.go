package scan

import (
	"cmp"
	"context"
	"errors"
	"path"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// RenewKind is the job that has judged anew what other rules judged.
	RenewKind = "scan.renew"
	// RenewTime bounds one attempt at it.
	RenewTime = time.Hour
	// RenewEvery is how often it is looked for.
	RenewEvery = time.Hour
	// renewBatch is how many models one job of RenewKind asks for.
	renewBatch = 500
	// mostReport is the longest report that is kept, in bytes before compression;
	// of a longer one the members go first, then the artifacts without findings.
	mostReport = 16 << 20
)

// errOvertaken ends the transaction of a judgement when somebody else judged the files
// while they were read, or files changed under their reader: which of the two saw the newer files is not known.
var errOvertaken = errors.New("scan: the files were judged by somebody else, or changed, meanwhile")

// mostJudgements is how often files are judged in a row by somebody else, or change,
// before that is an error.
const mostJudgements = 5

// Judge gives the verdict of the files below a folder: the one that is kept, when
// neither the files nor the rules changed since, else a new one, behind which a job
// looks at the versions that have the files.
func (s *Service) Judge(ctx context.Context, root string) (_ Judgement, _ *Report, err error) {
	defer fault.Wrap(&err, "scan.Judge(%s)", root)
	// What a job reads now is not read beside it: what it finds is known then.
	if err := s.underway.wait(ctx, place{caller.Workspace(ctx), root}); err != nil {
		return Judgement{}, nil, err
	}
	for range mostJudgements {
		j, report, err := s.judgeOnce(ctx, root, func(tx *rows.Tx) error { return s.enqueue(ctx, tx, caller.Workspace(ctx), root) })
		if !errors.Is(err, errOvertaken) {
			return j, report, err
		}
	}
	return Judgement{}, nil, fault.Because(errOvertaken, fault.Unavailable, "The files below %s change while they are scanned.", root)
}

// judgeOnce is Judge without a second look: errOvertaken where one is needed. What is
// also to be done is done in the transaction of a new verdict.
func (s *Service) judgeOnce(ctx context.Context, root string, also func(*rows.Tx) error) (Judgement, *Report, error) {
	scanner, err := s.scanner()
	if err != nil {
		return Judgement{}, nil, err
	}
	before, known, err := s.judgement(ctx, root)
	if err != nil {
		return before, nil, err
	}
	files := snapshotOf(s.Files)
	seen, rest, err := listings(ctx, files, root)
	if err != nil {
		return before, nil, err
	}
	if known && before.Listing == seen && before.Rules == scanner.rules {
		report, err := s.report(ctx, root)
		if err != nil {
			return before, nil, err
		}
		ready, err := s.carried(ctx, root, seen, rest, report)
		if err != nil || ready {
			return before, report, err
		}
	}
	remember := func(*rows.Tx) error { return nil }
	report, err := s.resigned(ctx, scanner, before, rest)
	if err == nil && report == nil {
		report, remember, err = s.read(ctx, scanner, files, root)
	}
	if err != nil {
		return before, nil, err
	}
	// Of files that came or went meanwhile the next look finds another listing.
	j := judgementOf(root, seen, report, s.Now().UTC())
	kept, err := pack(report)
	if err != nil {
		return j, report, err
	}
	printed, err := s.imprint(ctx, root, seen, rest, report)
	if err != nil {
		return j, report, err
	}
	err = s.DB.Write(ctx, func(tx *rows.Tx) error {
		if err := also(tx); err != nil {
			return err
		}
		if err := s.keepJudgement(ctx, tx, before, known, j, kept); err != nil {
			return err
		}
		if err := remember(tx); err != nil {
			return err
		}
		return s.keepImprint(ctx, tx, printed)
	})
	return j, report, err
}

// keepJudgement keeps and announces a judgement in the place of the one that was there
// when it began. errOvertaken where another one is there by now.
func (s *Service) keepJudgement(ctx context.Context, tx *rows.Tx, before Judgement, known bool, j Judgement, report []byte) error {
	is, still, err := one(ctx, tx, scanJudgement, selectJudgement, j.Root)
	if err != nil {
		return err
	}
	if still != known || is != before {
		return errOvertaken
	}
	if _, err := tx.Exec(ctx, upsertJudgement, j.args(caller.Workspace(ctx), report)...); err != nil {
		return err
	}
	return s.tell(ctx, tx, before, known, j)
}

// read scans the files of a root as they were listed, but those of which is known what
// the same rules find; remember keeps that for the next time. errOvertaken where one of
// them has other bytes by now.
func (s *Service) read(ctx context.Context, scanner *Scanner, listed *snapshot, root string) (_ *Report, remember func(*rows.Tx) error, err error) {
	files, err := newFolder(ctx, listed, root)
	if err != nil {
		return nil, nil, err
	}
	known, err := s.memoryOf(ctx, files, root, scanner.rules)
	if err != nil {
		return nil, nil, err
	}
	report, err := scanner.again(ctx, root, files, known)
	if err == nil && files.files.changed.Load() {
		err = errOvertaken
	}
	if err = cmp.Or(err, ctx.Err()); err != nil {
		return nil, nil, err
	}
	kept, err := known.pack()
	return report, func(tx *rows.Tx) error { return keepMemory(ctx, tx, root, scanner.rules, kept) }, err
}

// tell announces a judgement, and where it found the first files.
func (s *Service) tell(ctx context.Context, tx *rows.Tx, before Judgement, known bool, j Judgement) error {
	if j.Files > 0 && before.Files == 0 {
		if err := s.place(ctx, tx, j.Root); err != nil {
			return err
		}
	}
	e := judged(nil, j)
	if known {
		e = judged(&before, j)
	}
	return s.Events.Append(ctx, tx, e)
}

// place tells of the versions of a root that its files are there.
func (s *Service) place(ctx context.Context, tx *rows.Tx, root string) error {
	versions, err := rows.Collect(ctx, tx, scanVersionAt, selectVersionsAt, caller.Workspace(ctx), root)
	if err != nil {
		return err
	}
	for _, v := range versions {
		if err := s.Events.Append(ctx, tx, versionPlaced(v, root)); err != nil {
			return err
		}
	}
	return nil
}

// judgement is the one that is kept of a folder.
func (s *Service) judgement(ctx context.Context, root string) (Judgement, bool, error) {
	return one(ctx, s.DB.Read(), scanJudgement, selectJudgement, root)
}

func (s *Service) report(ctx context.Context, root string) (*Report, error) {
	kept, err := rows.One(ctx, s.DB.Read(), rows.Column[[]byte], selectReport, caller.Workspace(ctx), root)
	if err != nil {
		return nil, err
	}
	return unpack(kept)
}

// WorkRenew asks for new verdicts of what other rules judged, as a job.
func (s *Service) WorkRenew(ctx context.Context, _ jobs.Work) (err error) {
	defer fault.Wrap(&err, "scan.WorkRenew")
	scanner, err := s.scanner()
	if err != nil {
		return err
	}
	places, err := rows.Collect(ctx, s.DB.Read(), scanPlace, selectOutdated, scanner.rules, renewBatch)
	if err != nil || len(places) == 0 {
		return err
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error {
		for _, p := range places {
			if err := s.enqueue(ctx, tx, p.workspace, p.root); err != nil {
				return err
			}
		}
		return nil
	})
}

// above are the folders that a path lies in, the nearest first.
func above(p string) (all []string) {
	for p = path.Dir(p); p != "." && p != "/"; p = path.Dir(p) {
		all = append(all, strings.TrimPrefix(p, "/"))
	}
	return all
}
