package lineage_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/id"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// replicas are two tacits over one PostgreSQL.
func replicas(t *testing.T) (one, other house) {
	t.Helper()
	address := rowstest.PostgresAddress(t)
	var both [2]house
	for i := range both {
		db := must[*rows.DB](t)(rows.Open(t.Context(), address, rows.Options{Now: time.Now, Spread: id.NewSource(time.Now, rand.Reader).Spread, Log: slog.New(slog.DiscardHandler), Timeout: time.Minute}))
		t.Cleanup(func() { ok(t, db.Close()) })
		ok(t, db.Migrate(t.Context(), schemas()))
		both[i] = open(db)
	}
	return both[0], both[1]
}

// One replica has read events, another empties them, and only then the first makes its
// graph of what it read: it names nobody whom the log no longer names.
func TestAnotherReplicaEmptiesWhatWasRead(t *testing.T) {
	t.Parallel()
	one, other := replicas(t)
	one.happen(t, draw.Rand(t), 100, "ada")
	var read []event.Event
	for _, workspace := range []string{"default", "team"} {
		read = append(read, must[[]event.Event](t)(one.events.List(in(workspace), event.Query{Workspace: workspace, Limit: 1000}))...)
	}
	slices.SortFunc(read, func(a, b event.Event) int { return cmp.Compare(a.Position, b.Position) })
	if len(read) != 100 || read[0].Actor.IsZero() {
		t.Fatalf("%d events were read, the first by %s", len(read), read[0].Actor)
	}
	other.empty(t, one.newest(t))
	ok(t, one.Take(context.Background(), read))
	if text := strings.Join(one.all(t), "\n"); text == "" || strings.Contains(text, "user/ada") {
		t.Errorf("the graph of what was read:\n%s", text)
	}
}

// One replica builds the graph anew while another empties the log, piece by piece: in
// the end nobody is named whom the log does not name, and it is what a rebuild gives.
func TestAReplicaRebuildsWhileAnotherEmpties(t *testing.T) {
	t.Parallel()
	one, other := replicas(t)
	random := draw.Rand(t)
	one.happen(t, random, 300, "ada")
	one.happen(t, random, 40, "bob")
	one.settle(t)
	var both sync.WaitGroup
	both.Go(func() {
		for range 4 {
			one.rebuild(t)
		}
	})
	both.Go(func() {
		for last := int64(20); last <= 300; last += 20 {
			other.empty(t, last)
		}
	})
	both.Wait()
	one.settle(t)
	all := one.all(t)
	if text := strings.Join(all, "\n"); strings.Contains(text, "user/ada") || !strings.Contains(text, "user/bob") {
		t.Errorf("the graph names others than the log:\n%s", text)
	}
	one.rebuild(t)
	if diff := gocmp.Diff(all, one.all(t)); diff != "" {
		t.Errorf("built anew:\n%s", diff)
	}
}
