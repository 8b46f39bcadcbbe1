package registry

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// fickle is a gate whose answers hold no more by the time of the change, so many times.
type fickle struct {
	asked, broken int
	refuse        bool // from the second time on
}

func (f *fickle) Admit(_ context.Context, _ string, _ int64, alias string, stage Stage) (Admission, error) {
	if f.asked++; f.refuse && f.asked > 1 {
		return nil, fault.New(fault.Conflict, "not to %s%s", alias, stage)
	}
	return f, nil
}

func (f *fickle) Holds(context.Context, *rows.Tx) (bool, error) { return f.asked > f.broken, nil }

// A gate is asked again when its answer does not hold in the change's transaction, and
// nothing is changed by an answer that did not.
func TestAnswersOfGatesAreHeldInTheChange(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.model(t, "churn")
		h.version(t, "churn")
		changes := map[string]func() error{
			"alias": func() error { return h.SetAlias(h.ctx, "churn", "champion", 1) },
			"stage": func() error { _, err := h.SetStage(h.ctx, "churn", 1, "Production", false); return err },
		}
		for name, change := range changes {
			for _, c := range []struct {
				gate  fickle
				asked int
				want  string
			}{
				{fickle{broken: 1, refuse: true}, 2, "not to"},
				{fickle{broken: 9}, mostAdmissions, "are being changed"},
			} {
				h.Gate = &c.gate
				if err := change(); !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), c.want) || c.gate.asked != c.asked {
					t.Errorf("%s: %v after %d answers, want %q after %d", name, err, c.gate.asked, c.want, c.asked)
				}
			}
		}
		if v, err := h.Version(h.ctx, "churn", 1); err != nil || len(v.Aliases) > 0 || v.Stage != None {
			t.Errorf("%+v, %v", v, err)
		}
		h.Gate = &fickle{broken: 1}
		for name, change := range changes {
			if err := change(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		var uses []Use
		if err := h.DB.Write(h.ctx, func(tx *rows.Tx) (err error) {
			uses, err = h.Uses(h.ctx, tx, "churn", 1)
			return err
		}); err != nil || !slices.Equal(uses, []Use{{Alias: "champion"}, {Stage: Production}}) {
			t.Errorf("%+v, %v", uses, err)
		}
		h.version(t, "churn")
		if used, err := h.Used(h.ctx); err != nil || len(used) != 1 || used[0].Number != 1 {
			t.Errorf("%+v, %v", used, err)
		}
	})
}

// A reserved tag is written by Mark alone; a copy of a version does not bring it.
func TestReservedTags(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.Reserved = []string{"own"}
		h.model(t, "churn")
		h.version(t, "churn", Tag{"own", "mine"}, Tag{"free", "yours"})
		tags := func(want string) {
			t.Helper()
			if v, err := h.Version(h.ctx, "churn", 1); err != nil || fmt.Sprint(v.Tags) != want {
				t.Errorf("%v, %v, want %s", v.Tags, err, want)
			}
		}
		tags("[{free yours}]")
		for _, text := range []string{"found", "found", "found more"} {
			if err := h.Mark(h.ctx, "churn", 1, Tag{"own", text}); err != nil {
				t.Fatal(err)
			}
		}
		for _, key := range []string{"own ", " own", "OWN", " Own ", "o wn"} { // what a reader takes for it
			for at, err := range map[string]error{"a version": h.SetVersionTag(h.ctx, "churn", 1, Tag{key, "clean"}), "a model": h.SetModelTag(h.ctx, "churn", Tag{key, "clean"})} {
				if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), "tacit's own") {
					t.Errorf("%q of %s: %v", key, at, err)
				}
			}
			if _, err := h.CreateModel(h.ctx, ModelSpec{Name: "other", Tags: []Tag{{key, "clean"}}}); !fault.Is(err, fault.Invalid) {
				t.Errorf("%q of a new model: %v", key, err)
			}
			if err := h.DeleteVersionTag(h.ctx, "churn", 1, key); err != nil {
				t.Errorf("%q cannot be taken away: %v", key, err)
			}
		}
		for name, err := range map[string]error{"set": h.SetVersionTag(h.ctx, "churn", 1, Tag{"own", "clean"}), "deleted": h.DeleteVersionTag(h.ctx, "churn", 1, "own")} {
			if !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), "tacit's own") {
				t.Errorf("%s: %v", name, err)
			}
		}
		tags("[{free yours} {own found more}]")
		if err := h.Mark(h.ctx, "churn", 1, Tag{Key: "own"}); err != nil {
			t.Fatal(err)
		}
		tags("[{free yours}]")
	})
}
