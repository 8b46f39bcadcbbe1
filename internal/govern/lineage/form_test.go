package lineage_test

import (
	"context"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// exec changes the store as no tacit of today would.
func (h house) exec(t *testing.T, statements ...string) {
	t.Helper()
	ctx := context.Background()
	for _, statement := range statements {
		if err := h.db.Write(ctx, func(tx *rows.Tx) error { _, err := tx.Exec(ctx, statement); return err }); err != nil {
			t.Fatal(err)
		}
	}
}

// An earlier tacit emptied entries and left in the graph what they had told, and made
// things by the events that named them first. After the upgrade nobody is named whom
// the log does not name, and the graph is what a rebuild gives; the next start leaves
// it alone.
func TestAGraphOfAnEarlierForm(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		ctx := context.Background()
		random := draw.Rand(t)
		h.happen(t, random, 150, "ada")
		h.happen(t, random, 150, "bob")
		h.settle(t)
		h.exec(t, "UPDATE event_log SET actor = '', request = '', address = '', client = '', data = '' WHERE actor = 'tacit:user/ada'",
			"UPDATE lineage_node SET made = position WHERE actor <> ''", "DELETE FROM lineage_form")
		if !strings.Contains(strings.Join(h.all(t), "\n"), "tacit:user/ada") {
			t.Fatal("the earlier graph names nobody")
		}
		next := open(h.db)
		ok(t, next.Begin(ctx))
		next.settle(t)
		upgraded := next.all(t)
		if text := strings.Join(upgraded, "\n"); strings.Contains(text, "user/ada") || !strings.Contains(text, "user/bob") {
			t.Errorf("after the upgrade the graph names others than the log:\n%s", text)
		}
		ok(t, next.Begin(ctx))
		if diff := gocmp.Diff(upgraded, next.all(t)); diff != "" {
			t.Errorf("begun again:\n%s", diff)
		}
		next.rebuild(t)
		if diff := gocmp.Diff(upgraded, next.all(t)); diff != "" {
			t.Errorf("built anew:\n%s", diff)
		}
	})
}
