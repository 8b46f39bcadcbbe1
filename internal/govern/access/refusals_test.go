package access

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/access/refusal"
)

// refusedEvents are the refusals in the log that are counted, oldest first, each with
// its count; of one verb where that is not empty.
func (w world) refusedEvents(ctx context.Context, verb string) []string {
	w.t.Helper()
	all, err := w.log.List(ctx, event.Query{Everywhere: true, Outcome: event.Refused, Verb: verb, Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	told := make([]string, len(all))
	for i, e := range all {
		var data refusalData
		if err := json.Unmarshal(e.Data.(json.RawMessage), &data); err != nil || data.Why == "" {
			w.t.Errorf("%s tells %s: %v", e.Verb, e.Data, err)
		}
		told[len(all)-1-i] = fmt.Sprintf("%s %s %s %s ×%d from %s", strings.TrimPrefix(e.Verb, "access."), e.Actor.Name(), e.Action, e.Subject, data.Times, e.Origin.Address)
	}
	return told
}

// A client that hammers leaves an entry a minute with a count, and no refusal is
// lost: what was counted is told when the minute is over, and at the end.
func TestRefusalsAreCountedByTheMinute(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		token := w.token("vera", nil, time.Time{})
		ctx, run := w.mustEnter(caller.Credentials{Bearer: token}), urn.New("run", "7")
		denied := fault.New(fault.Denied, "You may not.")
		for range 5 {
			w.Refused(ctx, "run.update", run, denied)
		}
		w.Refused(ctx, "model.create", urn.URN{}, denied)
		asks := caller.From(from("default", "192.0.2.8"))
		asks.Action = "run.read"
		guessing := caller.With(context.Background(), asks)
		for range 3 {
			_, err := w.Authenticate(guessing, caller.Credentials{Bearer: "tacit_pat_guessed"})
			wants(t, err, fault.Unauthenticated)
		}
		_, err := w.Authenticate(guessing, caller.Credentials{})
		wants(t, err, fault.Unauthenticated) // who shows nothing is no news
		want := []string{
			"request.refused vera run.update tacit:run/7 ×1 from 192.0.2.1", "request.refused vera model.create tacit:workspace/default ×1 from 192.0.2.1",
			"session.refused anonymous run.read tacit:user/unknown ×1 from 192.0.2.8",
		}
		if diff := cmp.Diff(want, w.refusedEvents(ctx, "")); diff != "" {
			t.Error(diff)
		}
		w.pass(refusal.Pause)
		w.Refused(ctx, "run.update", run, denied)
		want = append(want, "request.refused vera run.update tacit:run/7 ×5 from 192.0.2.1")
		if diff := cmp.Diff(want, w.refusedEvents(ctx, "")); diff != "" {
			t.Error(diff)
		}
		w.Refused(ctx, "run.update", run, denied)
		over, end := context.WithCancel(ctx)
		end()
		if err := w.Work(over); err != nil {
			t.Fatal(err)
		}
		got := w.refusedEvents(ctx, "")
		left := map[string]bool{}
		for _, line := range got[len(want):] {
			left[line] = true
		}
		if !left["request.refused vera run.update tacit:run/7 ×1 from 192.0.2.1"] || !left["session.refused anonymous run.read tacit:user/unknown ×2 from 192.0.2.8"] || len(left) != 2 {
			t.Errorf("told at the end: %v", got[len(want):])
		}
	})
}

// Who tries a name after the other is told of as a whole, and a name of any
// length does not keep the refusal out of the log.
func TestManyDifferentRefusalsAreToldTogether(t *testing.T) {
	each(t, func(t *testing.T, w world) {
		ctx := w.mustEnter(caller.Credentials{Bearer: w.token("vera", nil, time.Time{})})
		denied := fault.New(fault.Denied, "You may not.")
		w.Refused(ctx, "run.update", urn.New("run", strings.Repeat("ü", 30_000)), denied)
		const tries = 1000
		for i := range tries {
			w.Refused(ctx, "run.update", urn.New("run", fmt.Sprint(i)), denied)
		}
		w.pass(refusal.Pause)
		for _, one := range w.refused.Due(false) {
			w.announce(ctx, one)
		}
		told := w.refusedEvents(ctx, "")
		if len(told) > refusal.Tries+2 {
			t.Errorf("%d entries", len(told))
		}
		total := 0
		for _, line := range told {
			var n int
			if _, err := fmt.Sscanf(line[strings.Index(line, "×"):], "×%d", &n); err != nil {
				t.Fatal(line, err)
			}
			total += n
		}
		if total != tries+1 {
			t.Errorf("%d refusals are told of, want %d", total, tries+1)
		}
		if last := told[len(told)-1]; !strings.Contains(last, "tacit:workspace/default ×") {
			t.Errorf("the rest is told as %s", last)
		}
	})
}
