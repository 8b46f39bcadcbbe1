package lineage_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
	"github.com/tacit-ml/tacit/internal/govern/lineage"
)

// A graph of the size that the walk is made for.
const (
	benchEdges  = 1_000_000
	benchDegree = 3
)

// BenchmarkWalk walks six edges down a graph of 1,000,000 edges in which each
// thing led to three others, from a thing of its own each time:
//
//	go test -run '^$' -bench Walk ./internal/govern/lineage
func BenchmarkWalk(b *testing.B) {
	h := open(rowstest.SQLite(b, schemas()))
	nodes := int64(benchEdges / benchDegree)
	random := rand.New(rand.NewPCG(1, 2))
	ctx := context.Background()
	for from := int64(1); from <= nodes; from += 5000 {
		err := h.db.Write(ctx, func(tx *rows.Tx) error {
			for id := from; id < min(from+5000, nodes+1); id++ {
				if _, err := tx.Exec(ctx, `INSERT INTO lineage_node (workspace, id, urn, kind, name, digest, actor, within, event, time, position, deleted, marked)
VALUES ('default', $1, $2, 'run', 'calm-otter-7', '', 'tacit:user/local', '', '01a21546-4f3f-7000-9986-8c4c6da94ec1', 1764000000000000, 1, 0, 0)`, id, fmt.Sprintf("tacit:run/%032x", id)); err != nil {
					return err
				}
				for range benchDegree {
					if _, err := tx.Exec(ctx, `INSERT INTO lineage_edge (workspace, source, target, relation, event, time)
VALUES ('default', $1, $2, 'used', '01a21546-4f3f-7000-9986-8c4c6da94ec1', 1764000000000000) ON CONFLICT DO NOTHING`, id, 1+random.Int64N(nodes)); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	given := 0
	for b.Loop() {
		root := urn.New("run", fmt.Sprintf("%032x", 1+random.Int64N(nodes)))
		g, err := h.Walk(in("default"), lineage.Walk{Roots: []urn.URN{root}, Direction: lineage.Down, Depth: 6})
		if err != nil {
			b.Fatal(err)
		}
		given += len(g.Nodes)
	}
	b.ReportMetric(float64(given)/float64(b.N), "nodes/op")
}
