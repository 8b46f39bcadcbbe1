package lineage_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

// newest is the position of the last event.
func (h house) newest(t *testing.T) int64 {
	t.Helper()
	return must[int64](t)(rows.One(context.Background(), h.db.Read(), rows.Column[int64], `SELECT COALESCE(max(position), 0) FROM event_log`))
}

// empty takes actor, origin and data out of the events up to a position.
func (h house) empty(t *testing.T, last int64) {
	t.Helper()
	positions := make([]int64, last)
	for i := range positions {
		positions[i] = int64(i + 1)
	}
	ok(t, h.events.Empty(context.Background(), positions, func(event.Event) bool { return true }, func(*rows.Tx) error { return nil }))
}

// Whatever happened, and however much of it retention has emptied, the graph is the
// one that the log gives, and those are named in it alone whom the log names.
func TestTheGraphAfterRetentionIsThatOfTheLog(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		random := draw.Rand(t)
		for round := range 5 {
			old, young := fmt.Sprint("old-", round), fmt.Sprint("young-", round)
			h.happen(t, random, 100, old, "ada")
			cut := h.newest(t)
			h.happen(t, random, 100, young, "ada")
			if round == 2 {
				h.say(t, "team", event.Event{Verb: "access.workspace.deleted", Subject: urn.New("workspace", "team"), Data: map[string]any{"to": "default", "folder": "moved"}})
			}
			h.settle(t)
			whole := h.all(t)
			h.empty(t, cut+random.Int64N(40))
			emptied := h.all(t)
			names := func(all []string, who string) bool { return strings.Contains(strings.Join(all, "\n"), "user/"+who) }
			if !names(whole, old) || names(emptied, old) || !names(emptied, young) {
				t.Fatalf("round %d: the graph named %s: %v, names them: %v, names %s: %v", round, old, names(whole, old), names(emptied, old), young, names(emptied, young))
			}
			h.rebuild(t)
			if diff := gocmp.Diff(emptied, h.all(t)); diff != "" {
				t.Fatalf("round %d, built anew:\n%s", round, diff)
			}
		}
	})
}

// Who approved a thing stays, as the link that says so; who made it does not. What
// things are called, and what lies behind digests and aliases, stays.
func TestWhatRetentionLeavesOfAThing(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		run, _ := h.trained(t)
		boss := urn.New("user", "boss")
		h.tell(t, "default", "t.version.approved", urn.New("model", "flight delay", "1"), event.Link{Relation: event.ApprovedBy, To: boss})
		h.settle(t)
		h.empty(t, h.newest(t))
		for range 2 { // also built anew
			for word, want := range map[string]string{
				run.ID: "calm-otter-7", "8a3b12c0": "flights", "models:/flight delay@champion": "", boss.String(): "",
			} {
				found := must[[]lineage.Node](t)(h.Named(in("default"), word))
				if len(found) != 1 || found[0].Name != want || !found[0].Actor.IsZero() {
					t.Errorf("%s is %+v", word, found)
				}
			}
			if found := must[[]lineage.Node](t)(h.Named(in("default"), "tacit:user/local")); len(found) != 0 {
				t.Errorf("who made it all is told: %+v", found)
			}
			h.rebuild(t)
		}
	})
}
