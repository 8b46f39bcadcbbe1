package scan

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// JudgeKind is the job that judges the files of a model.
	JudgeKind = "scan.judge"
	// JudgeTime bounds one attempt at it.
	JudgeTime = 12 * time.Hour
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

// told is what a job of JudgeKind is told.
type told struct {
	Root string `json:"root"`
}

// Judge gives the verdict of the files below a folder: the one that is kept, when
// neither the files nor the rules changed since, else a new one.
func (s *Service) Judge(ctx context.Context, root string) (_ Judgement, _ *Report, err error) {
	defer fault.Wrap(&err, "scan.Judge(%s)", root)
	scanner, err := s.scanner()
	if err != nil {
		return Judgement{}, nil, err
	}
	before, known, err := s.judgement(ctx, root)
	if err != nil {
		return before, nil, err
	}
	seen, rest, err := listings(ctx, s.Files, root)
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
	report, err := s.resigned(ctx, scanner, before, rest)
	if err == nil && report == nil {
		report, err = s.read(ctx, scanner, root)
	}
	if err != nil {
		return before, nil, err
	}
	// Files that changed meanwhile have no verdict: the next look finds another listing.
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
		if _, err := tx.Exec(ctx, upsertJudgement, j.args(caller.Workspace(ctx), kept)...); err != nil {
			return err
		}
		if err := s.keepImprint(ctx, tx, printed); err != nil {
			return err
		}
		return s.tell(ctx, tx, before, known, j)
	})
	return j, report, err
}

// read scans the files of a root.
func (s *Service) read(ctx context.Context, scanner *Scanner, root string) (*Report, error) {
	files, err := newFolder(ctx, s.Files, root)
	if err != nil {
		return nil, err
	}
	report, err := scanner.Tree(ctx, root, files)
	if err != nil {
		return nil, err
	}
	return report, ctx.Err()
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
		if err := s.Events.Append(ctx, tx, versionPlaced(v.name, v.number, root)); err != nil {
			return err
		}
	}
	return nil
}

// warn tells the versions whose files were judged.
func (s *Service) warn(ctx context.Context, j Judgement) error {
	versions, err := rows.Collect(ctx, s.DB.Read(), scanVersionAt, selectVersionsAt, caller.Workspace(ctx), j.Root)
	if err != nil {
		return err
	}
	for _, v := range versions {
		if err := s.Models.Warn(ctx, v.name, v.number, cut(j.Warning())); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return nil
}

// judgement is the one that is kept of a folder.
func (s *Service) judgement(ctx context.Context, root string) (Judgement, bool, error) {
	j, err := rows.One(ctx, s.DB.Read(), scanJudgement, selectJudgement, caller.Workspace(ctx), root)
	if rows.IsNone(err) {
		return j, false, nil
	}
	return j, err == nil, err
}

func (s *Service) report(ctx context.Context, root string) (*Report, error) {
	kept, err := rows.One(ctx, s.DB.Read(), rows.Column[[]byte], selectReport, caller.Workspace(ctx), root)
	if err != nil {
		return nil, err
	}
	return unpack(kept)
}

// request has the files below a folder judged by a job.
func (s *Service) request(ctx context.Context, root string) error {
	return s.DB.Write(ctx, func(tx *rows.Tx) error { return s.enqueue(ctx, tx, caller.Workspace(ctx), root) })
}

func (s *Service) enqueue(ctx context.Context, tx *rows.Tx, workspace, root string) error {
	args, err := json.Marshal(told{root})
	if err != nil {
		return err
	}
	_, err = s.Jobs.Enqueue(ctx, tx, jobs.Job{Kind: JudgeKind, Workspace: workspace, Args: args, Unique: root})
	return err
}

// WorkJudge judges the files of a model, as a job, and tells the versions of them.
func (s *Service) WorkJudge(ctx context.Context, w jobs.Work) (err error) {
	defer fault.Wrap(&err, "scan.WorkJudge(%s)", w.Workspace)
	var t told
	if err := json.Unmarshal(w.Args, &t); err != nil || t.Root == "" {
		return fault.Because(err, fault.Invalid, "The job does not say which folder.")
	}
	j, _, err := s.Judge(ctx, t.Root)
	if err != nil {
		return err
	}
	return s.warn(ctx, j)
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

// pack makes a report small enough to keep.
func pack(r *Report) ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	if len(text) > mostReport {
		if text, err = json.Marshal(shortened(r)); err != nil {
			return nil, err
		}
	}
	return compressed(text)
}

func compressed(text []byte) ([]byte, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer func() { _ = w.Close() }()
	return w.EncodeAll(text, nil), nil
}

// shortened is a report without members, and with what there is to say against at
// most as many artifacts as there is room for.
func shortened(r *Report) *Report {
	short := &Report{Summary: r.Summary, Artifacts: []Artifact{}}
	short.Summary.Shortened = true
	left := mostReport / 2
	for _, a := range r.Artifacts {
		a.Members, a.Coverage = nil, Coverage{}
		if len(a.Findings) == 0 && a.Status == "complete" {
			continue
		}
		a.Findings = a.Findings[:min(len(a.Findings), 100)]
		text, err := json.Marshal(a)
		if err != nil || len(text) > left {
			continue
		}
		left -= len(text)
		short.Artifacts = append(short.Artifacts, a)
	}
	return short
}

func unpack(kept []byte) (*Report, error) {
	report := &Report{}
	if err := expanded(kept, 2*mostReport, report); err != nil {
		return nil, fmt.Errorf("scan: a kept report: %w", err)
	}
	return report, nil
}

// expanded reads JSON that was kept compressed, of at most so many bytes.
func expanded(kept []byte, most int64, into any) error {
	r, err := zstd.NewReader(bytes.NewReader(kept), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(2*most)))
	if err != nil {
		return err
	}
	defer r.Close()
	text, err := io.ReadAll(io.LimitReader(r, most))
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// above are the folders that a path lies in, the nearest first.
func above(p string) (all []string) {
	for p = path.Dir(p); p != "." && p != "/"; p = path.Dir(p) {
		all = append(all, strings.TrimPrefix(p, "/"))
	}
	return all
}
