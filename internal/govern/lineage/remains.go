package lineage

import (
	"context"
	"encoding/json"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
)

// What retention takes out of old events goes from the graph in the same step, so that
// one that is built anew afterwards is the same. Who made a thing is all of it: the
// rest of what the graph is made of stays in the event. A list of positions stands
// behind selectMadeBy and forgetMakers.
const (
	selectMadeBy = `SELECT DISTINCT workspace, actor FROM lineage_node WHERE actor <> '' AND made IN `

	forgetMakers = `UPDATE lineage_node SET actor = '' WHERE actor <> '' AND made IN `

	// deleteLoneActor deletes one who acts when nothing names them any more.
	deleteLoneActor = `
DELETE FROM lineage_node WHERE workspace = $1 AND urn = $2 AND kind IN ('user', 'service', 'system') AND event = ''
AND NOT EXISTS (SELECT 1 FROM lineage_node m WHERE m.workspace = $1 AND m.actor = $2 AND m.actor <> '')
AND NOT EXISTS (SELECT 1 FROM lineage_edge e WHERE e.workspace = $1 AND e.source = lineage_node.id)
AND NOT EXISTS (SELECT 1 FROM lineage_edge e WHERE e.workspace = $1 AND e.target = lineage_node.id)`
)

// keep is what the graph is made of in the data of an event: names that people gave to
// things, digests, experiments and aliases, and where a workspace was moved to.
func keep(e event.Event) any {
	raw, ok := e.Data.(json.RawMessage)
	if !ok || !tells(e) {
		return nil
	}
	if e.Verb == workspaceDeleted {
		var end ended
		_ = json.Unmarshal(raw, &end) // as merge reads it
		return end
	}
	var t told
	_ = json.Unmarshal(raw, &t) // as take reads it
	return t
}

// forget takes out of the graph who made things by the events at positions.
func forget(ctx context.Context, tx *rows.Tx, positions []int64) error {
	list, all := rows.Listed[int64](tx.Dialect(), 1), rows.List(tx.Dialect(), positions)
	makers, err := rows.Collect(ctx, tx, scanPlace, selectMadeBy+list, all)
	if err != nil || len(makers) == 0 {
		return err
	}
	if _, err := tx.Exec(ctx, forgetMakers+list, all); err != nil {
		return err
	}
	for _, m := range makers {
		if _, err := tx.Exec(ctx, deleteLoneActor, m.workspace, m.urn); err != nil {
			return err
		}
	}
	return nil
}

func scanPlace(s rows.Scanner) (p place, err error) { return p, s.Scan(&p.workspace, &p.urn) }
