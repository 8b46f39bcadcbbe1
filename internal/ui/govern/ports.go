package govern

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/govern/audit"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

// Events answers a page of the stream, the newest first unless After is given.
type Events interface {
	List(ctx context.Context, q event.Query) ([]event.Event, error)
}

// Visibility is the condition under which the caller may see an object of a list.
type Visibility interface {
	Visible(ctx context.Context, action string) (filter.Node, error)
	Told(ctx context.Context, all []event.Event) ([]event.Event, error)
}

// Decisions says what is allowed, and why.
type Decisions interface {
	Explain(ctx context.Context, who urn.URN, action string, object urn.URN) (access.Explanation, error)
	Policies() []policy.Policy
}

// Lineage walks the graph of what came from what, and finds things by words.
type Lineage interface {
	Walk(context.Context, lineage.Walk) (lineage.Graph, error)
	Named(ctx context.Context, word string) ([]lineage.Node, error)
}

// Audit is the log that proves what happened.
type Audit interface {
	List(context.Context, audit.Query) ([]audit.Entry, error)
	Prove(ctx context.Context, id string) (audit.Proof, error)
	Line(audit.Entry) ([]byte, error)
	LastCheckpoint(context.Context) (audit.Checkpoint, error)
	LastVerified(context.Context) (audit.Verified, error)
	Exports(context.Context) ([]audit.Exported, error)
	EnqueueVerify(context.Context) (job int64, err error)
}
