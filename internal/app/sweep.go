package app

import (
	"context"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/jobs"
)

const (
	sweepKind     = "blobs.sweep"
	sweepInterval = 24 * time.Hour
	sweepTimeout  = time.Hour
	// abandonedAge is how long nothing must have come to an upload for it to be
	// given up: longer than any client sends one.
	abandonedAge = 7 * 24 * time.Hour
)

// answersKind sweeps the answers that are kept for repeated requests.
const (
	answersKind     = "idempotency.sweep"
	answersInterval = time.Hour
)

// sessionsKind sweeps sessions that are over.
const (
	sessionsKind     = "access.sweep"
	sessionsInterval = time.Hour
)

// sweepSessions has sessions that are over deleted once an hour.
func (h *House) sweepSessions(sweep func(context.Context) error) {
	h.Jobs.Handle(sessionsKind, jobs.Settings{}, func(ctx context.Context, _ jobs.Work) error { return sweep(ctx) })
	h.Jobs.Every(sessionsInterval, jobs.Job{Kind: sessionsKind, Workspace: caller.DefaultWorkspace})
}

// retentionKind empties old entries of the audit log.
const (
	retentionKind     = "audit.retention"
	retentionInterval = 24 * time.Hour
	retentionTimeout  = time.Hour
)

// retain has entries of the audit log that are older than the settings keep
// whole emptied once a day.
func (h *House) retain(empty func(context.Context) error) {
	h.Jobs.Handle(retentionKind, jobs.Settings{Timeout: retentionTimeout}, func(ctx context.Context, _ jobs.Work) error { return empty(ctx) })
	h.Jobs.Every(retentionInterval, jobs.Job{Kind: retentionKind, Workspace: caller.DefaultWorkspace})
}

// sweepAnswers has answers that are over deleted once an hour.
func (h *House) sweepAnswers() {
	h.Jobs.Handle(answersKind, jobs.Settings{}, func(ctx context.Context, _ jobs.Work) error { return h.answers.Sweep(ctx) })
	h.Jobs.Every(answersInterval, jobs.Job{Kind: answersKind, Workspace: caller.DefaultWorkspace})
}

// sweepBlobs has uploads that nobody finishes cleared away once a day.
func (h *House) sweepBlobs() {
	h.Jobs.Handle(sweepKind, jobs.Settings{Timeout: sweepTimeout}, func(ctx context.Context, _ jobs.Work) error {
		n, err := h.Blobs.Sweep(ctx, h.now().Add(-abandonedAge))
		if n > 0 {
			h.log.Info("abandoned uploads are cleared away", "uploads", n)
		}
		return err
	})
	h.Jobs.Every(sweepInterval, jobs.Job{Kind: sweepKind, Workspace: caller.DefaultWorkspace})
}
