package tracking

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tacit-ml/tacit/internal/develop/tracking/curve"
	"github.com/tacit-ml/tacit/internal/develop/tracking/points"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// details reads the statements' records for runs; each gets a record's run and
// what is to be scanned behind it.
type details struct {
	ctx context.Context
	db  rows.Reader
	at  map[string]*Run
	ids []string
	all any // rows.List of ids
}

// read runs a statement that begins with the run's id over all runs. fields
// are scanned behind the id, then done is called.
func (d *details) read(statement, order string, fields []any, done func(*Run) error) error {
	var id string
	dest := append([]any{&id}, fields...)
	answer, err := d.db.Query(d.ctx, statement+rows.Listed[string](d.db.Dialect(), 2)+order, caller.Workspace(d.ctx), d.all)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Close() }()
	for answer.Next() {
		if err := answer.Scan(dest...); err != nil {
			return err
		}
		if err := done(d.at[id]); err != nil {
			return err
		}
	}
	return answer.Err()
}

// detailsOf prepares the reading of what runs have.
func (s *Service) detailsOf(ctx context.Context, all []Run) *details {
	at, ids := make(map[string]*Run, len(all)), runIDs(all)
	for i := range all {
		at[all[i].ID] = &all[i]
	}
	return &details{ctx, s.DB.Read(), at, ids, rows.List(s.DB.Dialect(), ids)}
}

func runIDs(all []Run) []string {
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	return ids
}

// maxPageBytes bounds the params, tags and datasets of one page of runs: a
// value may have MaxTagValue characters, a dataset's profile MaxDatasetProfile.
const maxPageBytes = 64 << 20

// fitting is how many of the first runs have no more than a page holds, one at
// least when there is one. brief is as in fillRuns.
func (s *Service) fitting(ctx context.Context, all []Run, brief bool) (int, error) {
	var (
		bytes int64
		sizes = make(map[string]int64)
	)
	statements := map[string]string{paramSizes: " GROUP BY run", tagSizes: " GROUP BY run", inputSizes: " GROUP BY i.run"}
	if brief {
		delete(statements, inputSizes)
	}
	d := s.detailsOf(ctx, all)
	for statement, group := range statements {
		if err := d.read(statement, group, []any{&bytes}, func(r *Run) error {
			sizes[r.ID] += bytes
			return nil
		}); err != nil {
			return 0, err
		}
	}
	sum := int64(0)
	for i := range all {
		if sum += sizes[all[i].ID]; sum > maxPageBytes {
			return max(i, 1), nil
		}
	}
	return len(all), nil
}

// fillRuns reads params, tags, latest metrics, inputs and outputs of runs.
// brief leaves out all of a dataset but name and digest.
func (s *Service) fillRuns(ctx context.Context, all []Run, brief bool) error {
	d := s.detailsOf(ctx, all)
	const byKey = " ORDER BY run, key"
	var p Param
	if err := d.read(runParams, byKey, []any{&p.Key, &p.Value}, func(r *Run) error {
		r.Params = append(r.Params, p)
		return nil
	}); err != nil {
		return err
	}
	var t Tag
	if err := d.read(runTags, byKey, []any{&t.Key, &t.Value}, func(r *Run) error {
		r.Tags = append(r.Tags, t)
		return nil
	}); err != nil {
		return err
	}
	if err := points.Latest(ctx, d.db, d.ids, func(run, key string, p curve.Point) {
		r := d.at[run]
		r.Metrics = append(r.Metrics, metricOf(key, p))
	}); err != nil {
		return err
	}
	inputs := runInputs
	if brief {
		inputs = runInputsBrief
	}
	return d.fillInputs(inputs)
}

func (d *details) fillInputs(statement string) error {
	var (
		in   Dataset
		tags string
	)
	fields := []any{&in.Name, &in.Digest, &in.SourceType, &in.Source, &in.Schema, &in.Profile, &tags}
	if err := d.read(statement, " ORDER BY i.run, i.name, i.digest", fields, func(r *Run) error {
		used := DatasetInput{Dataset: in}
		if err := json.Unmarshal([]byte(tags), &used.Tags); err != nil {
			return fmt.Errorf("tags of an input of run %s: %w", r.ID, err)
		}
		r.Inputs.Datasets = append(r.Inputs.Datasets, used)
		return nil
	}); err != nil {
		return err
	}
	var model string
	if err := d.read(runModelInputs, " ORDER BY run, model", []any{&model}, func(r *Run) error {
		r.Inputs.Models = append(r.Inputs.Models, model)
		return nil
	}); err != nil {
		return err
	}
	var out ModelOutput
	return d.read(runModelOutputs, " ORDER BY run, model", []any{&out.ModelID, &out.Step}, func(r *Run) error {
		r.Outputs = append(r.Outputs, out)
		return nil
	})
}
