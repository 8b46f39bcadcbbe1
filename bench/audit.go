//go:build linux

package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

const (
	// auditRounds is how often log-batch is measured with the audit log, and as
	// often without.
	auditRounds = 3
	// auditLimit is the most that the audit log may cost.
	auditLimit = 0.10
)

// logging is what was measured of log-batch.
type logging struct {
	rate float64       // points a second
	cpu  time.Duration // of 1,000,000 points, what was done after the last answer too
}

// auditCost measures log-batch with the audit log and while it is held, in turns,
// and gives the median of each.
func auditCost(ctx context.Context, s subject, o options) (audited, held logging, err error) {
	o.duration /= auditRounds
	var all [2][]logging
	for round := range 2 * auditRounds {
		// With, without, without, with: what grows slower or faster meanwhile is in both.
		without := (round + 1) / 2 % 2
		one, err := s.logged(ctx, o, without == 1)
		if err != nil {
			return audited, held, err
		}
		all[without] = append(all[without], one)
	}
	return medianOf(all[0]), medianOf(all[1]), nil
}

func medianOf(all []logging) (m logging) {
	slices.SortFunc(all, func(a, b logging) int { return cmp.Compare(a.cpu, b.cpu) })
	m.cpu = all[len(all)/2].cpu
	slices.SortFunc(all, func(a, b logging) int { return cmp.Compare(a.rate, b.rate) })
	m.rate = all[len(all)/2].rate
	return m
}

// logged measures log-batch on a fresh folder whose server was started once.
func (s subject) logged(ctx context.Context, o options, held bool) (one logging, err error) {
	folder, err := os.MkdirTemp("", "tacit-bench-")
	if err != nil {
		return one, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	v, err := s.start(ctx, folder)
	if err != nil {
		return one, err
	}
	if err := v.stop(); err != nil {
		return one, err
	}
	if held {
		if err := s.hold(ctx, filepath.Join(folder, s.store)); err != nil {
			return one, err
		}
	}
	if v, err = s.start(ctx, folder); err != nil {
		return one, err
	}
	before, err := v.entries(ctx)
	if err != nil {
		return one, errors.Join(err, v.stop())
	}
	used := v.cpu()
	rate, points, err := logBatches(ctx, v, o, fewKeys)
	if err == nil {
		err = v.settled(ctx)
	}
	one = logging{rate, time.Duration(float64(v.cpu()-used) / float64(points) * 1e6)}
	var after int64
	if err == nil {
		after, err = v.entries(ctx)
	}
	if err := errors.Join(err, v.stop()); err != nil {
		return one, err
	}
	if held != (after == before) {
		return one, fmt.Errorf("the audit log went from %d to %d entries; it was held: %t", before, after, held)
	}
	return one, nil
}

// holdAudit keeps events from the audit log of a stopped tacit.
func holdAudit(ctx context.Context, store string) error {
	ids, log := id.NewSource(time.Now, rand.Reader), slog.New(slog.DiscardHandler)
	db, err := rows.Open(ctx, store, rows.Options{Now: time.Now, Spread: ids.Spread, Log: log})
	if err != nil {
		return err
	}
	events := event.NewLog(db, ids, time.Now, log)
	events.SubscribeBatch("audit", func(context.Context, []event.Event) error { return nil })
	return errors.Join(events.Hold(ctx, "audit"), db.Close())
}

// entries is how many entries the audit log has.
func (v *server) entries(ctx context.Context) (int64, error) {
	answer, err := v.must(ctx, "/api/v1/audit/verify", []byte("{}"))
	if err != nil {
		return 0, err
	}
	var log struct{ Entries int64 }
	return log.Entries, json.Unmarshal(answer, &log)
}

// auditText tells what the audit log costs.
func (f figures) auditText() string {
	if f.held == (logging{}) {
		return "–"
	}
	slower := 1 - f.audited.rate/f.held.rate
	busier := float64(f.audited.cpu)/float64(f.held.cpu) - 1
	verdict := ""
	if max(slower, busier) > auditLimit {
		verdict = fmt.Sprintf(", over %.0f %%", 100*auditLimit)
	}
	return fmt.Sprintf("%.0f (%.0f without: %+.1f %%; CPU %+.1f %%%s)", f.audited.rate, f.held.rate, -100*slower, 100*busier, verdict)
}
