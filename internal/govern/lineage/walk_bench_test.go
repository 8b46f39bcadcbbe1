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

// The nodes $1 to $2 of a graph of $3, and the edges from each to benchDegree others
// of chance.
const (
	benchNodes = `
WITH RECURSIVE numbered(id) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT id + 1 FROM numbered WHERE id < $2)
INSERT INTO lineage_node (workspace, id, urn, kind, name, digest, actor, within, event, time, position, made, deleted, marked)
SELECT 'default', id, 'tacit:run/' || CAST(id AS TEXT), 'run', 'calm-otter-7', '', 'tacit:user/local', '', '01a21546-4f3f-7000-9986-8c4c6da94ec1', 1764000000000000, 1, 1, 0, 0 FROM numbered`

	benchLinks = `
WITH RECURSIVE numbered(id) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT id + 1 FROM numbered WHERE id < $2)
INSERT INTO lineage_edge (workspace, source, target, relation, event, time)
SELECT 'default', id, 1 + (id * 1103515245 + (id * id % 65537) * 2654435761 + $4 * 97531) % $3, 'used', '01a21546-4f3f-7000-9986-8c4c6da94ec1', 1764000000000000 FROM numbered
WHERE true ON CONFLICT DO NOTHING`
)

// BenchmarkWalk walks six edges down a graph of 1,000,000 edges in which each
// thing led to three others, from a thing of its own each time, on SQLite and, where
// TACIT_TEST_POSTGRES names a server, on PostgreSQL. make soak does it too.
//
//	go test -run '^$' -bench Walk -benchtime 50x ./internal/govern/lineage
func BenchmarkWalk(b *testing.B) {
	for name, store := range map[string]func(testing.TB, []rows.Schema) *rows.DB{"sqlite": rowstest.SQLite, "postgres": rowstest.Postgres} {
		b.Run(name, func(b *testing.B) { benchWalk(b, open(store(b, schemas()))) })
	}
}

func benchWalk(b *testing.B, h house) {
	const nodes, atOnce = int64(benchEdges / benchDegree), 20_000
	ctx := context.Background()
	exec := func(statement string, args ...any) {
		err := h.db.Write(ctx, func(tx *rows.Tx) error { _, err := tx.Exec(ctx, statement, args...); return err })
		if err != nil {
			b.Fatal(err)
		}
	}
	for from := int64(1); from <= nodes; from += atOnce {
		to := min(from+atOnce-1, nodes)
		exec(benchNodes, from, to)
		for k := range benchDegree {
			exec(benchLinks, from, to, nodes, k)
		}
	}
	if h.db.Dialect() == rows.Postgres {
		exec("ANALYZE lineage_node") // as the server does by itself, at a time of its own
		exec("ANALYZE lineage_edge")
	}
	random, given := rand.New(rand.NewPCG(1, 2)), 0
	for b.Loop() {
		root := urn.New("run", fmt.Sprint(1+random.Int64N(nodes)))
		g, err := h.Walk(in("default"), lineage.Walk{Roots: []urn.URN{root}, Direction: lineage.Down, Depth: 6})
		if err != nil {
			b.Fatal(err)
		}
		given += len(g.Nodes)
	}
	b.ReportMetric(float64(given)/float64(b.N), "nodes/op")
}
