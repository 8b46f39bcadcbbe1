package filter_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
	"testing/fstest"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

const (
	sqliteTables = `-- +goose Up
CREATE TABLE t_thing (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, size INTEGER NOT NULL, ended INTEGER) STRICT;
CREATE TABLE t_score (id TEXT NOT NULL, key TEXT NOT NULL, value REAL NOT NULL, nan INTEGER NOT NULL, PRIMARY KEY (id, key)) STRICT;
CREATE TABLE t_tag (id TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (id, key)) STRICT;
`
	postgresTables = `-- +goose Up
CREATE TABLE t_thing (id TEXT COLLATE "C" NOT NULL PRIMARY KEY, name TEXT COLLATE "C" NOT NULL, size BIGINT NOT NULL, ended BIGINT);
CREATE TABLE t_score (id TEXT COLLATE "C" NOT NULL, key TEXT COLLATE "C" NOT NULL, value DOUBLE PRECISION NOT NULL, nan BOOLEAN NOT NULL, PRIMARY KEY (id, key));
CREATE TABLE t_tag (id TEXT COLLATE "C" NOT NULL, key TEXT COLLATE "C" NOT NULL, value TEXT COLLATE "C" NOT NULL, PRIMARY KEY (id, key));
`
)

var things = rows.Schema{Name: "t", Files: fstest.MapFS{
	"sqlite/0001_t.sql":   {Data: []byte(sqliteTables)},
	"postgres/0001_t.sql": {Data: []byte(postgresTables)},
}}

type schema struct{}

func (schema) Place(f filter.Field) (filter.Place, bool) {
	switch f.Entity {
	case "score":
		return filter.Place{Kind: filter.Float, Pairs: &filter.Pairs{Table: "t_score", On: "@.id = r.id", Key: "@.key", Value: "@.value", NaN: "@.nan"}}, true
	case "tag":
		return filter.Place{Kind: filter.Text, Pairs: &filter.Pairs{Table: "t_tag", On: "@.id = r.id", Key: "@.key", Value: "@.value"}}, true
	}
	switch f.Key {
	case "id", "name":
		return filter.Place{Kind: filter.Text, Column: "r." + f.Key}, true
	case "size":
		return filter.Place{Kind: filter.Int, Column: "r.size"}, true
	case "maker": // the name, which some have not
		return filter.Place{Kind: filter.Text, Column: "r.name", Blank: true}, true
	case "ended":
		return filter.Place{Kind: filter.Int, Column: "r.ended", Nullable: true}, true
	}
	return filter.Place{}, false
}

var texts = []string{"", "a", "A", "aB", "ab", "ä", "Ä", "b", "%", "_", "a\\", "a\\%", "z'z"}

func drawThings(t *rapid.T) []thing {
	n := rapid.IntRange(0, 12).Draw(t, "things")
	all := make([]thing, n)
	for i := range all {
		x := thing{
			id: fmt.Sprintf("id%02d", i), name: rapid.SampledFrom(texts).Draw(t, "name"), size: rapid.Int64Range(-2, 2).Draw(t, "size"),
			scores: map[string]float64{}, tags: map[string]string{},
		}
		if rapid.Bool().Draw(t, "ended") {
			v := rapid.Int64Range(0, 2).Draw(t, "end")
			x.ended = &v
		}
		for _, key := range []string{"k", "l"} {
			if rapid.Bool().Draw(t, "scored") {
				x.scores[key] = rapid.SampledFrom([]float64{-1, 0, 0.5, 2, math.NaN(), math.MaxFloat64}).Draw(t, "score")
			}
			if rapid.Bool().Draw(t, "tagged") {
				x.tags[key] = rapid.SampledFrom(texts).Draw(t, "tag")
			}
		}
		all[i] = x
	}
	return all
}

func drawField(t *rapid.T) (filter.Field, filter.Kind) {
	switch rapid.IntRange(0, 5).Draw(t, "field") {
	case 0:
		return filter.Field{Entity: "score", Key: rapid.SampledFrom([]string{"k", "l"}).Draw(t, "key")}, filter.Float
	case 1:
		return filter.Field{Entity: "tag", Key: rapid.SampledFrom([]string{"k", "l"}).Draw(t, "key")}, filter.Text
	case 2:
		return filter.Field{Entity: "attribute", Key: "name"}, filter.Text
	case 3:
		return filter.Field{Entity: "attribute", Key: "size"}, filter.Int
	case 4:
		return filter.Field{Entity: "attribute", Key: "maker"}, filter.Text
	}
	return filter.Field{Entity: "attribute", Key: "ended"}, filter.Int
}

func drawNode(t *rapid.T, depth int) filter.Node {
	if depth > 0 {
		switch rapid.IntRange(0, 5).Draw(t, "node") {
		case 0:
			return filter.And(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) filter.Node { return drawNode(t, depth-1) }), 0, 3).Draw(t, "and"))
		case 1:
			return filter.Or(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) filter.Node { return drawNode(t, depth-1) }), 0, 3).Draw(t, "or"))
		case 2:
			return filter.Not{Node: drawNode(t, depth-1)}
		}
	}
	f, kind := drawField(t)
	c := filter.Compare{Field: f}
	ops := []filter.Op{filter.Eq, filter.Ne, filter.Lt, filter.Le, filter.Gt, filter.Ge, filter.In, filter.NotIn, filter.IsNull, filter.NotNull}
	value := func() any { return rapid.SampledFrom(texts).Draw(t, "text") }
	switch kind {
	case filter.Text:
		ops = append(ops, filter.Like, filter.ILike)
	case filter.Int:
		value = func() any { return rapid.Int64Range(-2, 2).Draw(t, "int") }
	case filter.Float:
		value = func() any { return rapid.SampledFrom([]float64{-1, 0, 0.5, 2}).Draw(t, "float") }
	}
	c.Op = rapid.SampledFrom(ops).Draw(t, "op")
	if kind == filter.Int && c.Op < filter.Like && rapid.Bool().Draw(t, "fraction") {
		value = func() any { return rapid.SampledFrom([]float64{-1.5, 0, 0.5}).Draw(t, "half") }
	}
	switch c.Op {
	case filter.IsNull, filter.NotNull:
	case filter.In, filter.NotIn:
		for range rapid.IntRange(0, 3).Draw(t, "values") {
			c.Values = append(c.Values, value())
		}
	default:
		c.Values = []any{value()}
	}
	return c
}

// TestEnginesAgree draws small worlds, filters and orders, and pages through
// them: the engine must give what the evaluator gives, each thing once.
func TestEnginesAgree(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, []rows.Schema{things}, func(t *testing.T, db *rows.DB) {
		draw.Check(t, func(t *rapid.T) {
			all := drawThings(t)
			store(t, db, all)
			where := drawNode(t, 2)
			var orders []filter.Order
			for range rapid.IntRange(0, 3).Draw(t, "orders") {
				f, _ := drawField(t)
				orders = append(orders, filter.Order{Field: f, Desc: rapid.Bool().Draw(t, "desc")})
			}
			orders = append(orders, filter.Order{Field: filter.Field{Entity: "attribute", Key: "id"}, Desc: rapid.Bool().Draw(t, "last")})
			var kept []thing
			for _, x := range all {
				if holds(where, x) {
					kept = append(kept, x)
				}
			}
			got, err := pages(db, where, orders, rapid.IntRange(1, 4).Draw(t, "page"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sorted(kept, orders), got); diff != "" {
				t.Fatalf("%+v by %+v: %s", where, orders, diff)
			}
		})
	})
}

func store(t *rapid.T, db *rows.DB, all []thing) {
	ctx := context.Background()
	err := db.Write(ctx, func(tx *rows.Tx) error {
		for _, s := range []string{"DELETE FROM t_thing", "DELETE FROM t_score", "DELETE FROM t_tag"} {
			if _, err := tx.Exec(ctx, s); err != nil {
				return err
			}
		}
		for _, x := range all {
			if _, err := tx.Exec(ctx, "INSERT INTO t_thing (id, name, size, ended) VALUES ($1, $2, $3, $4)", x.id, x.name, x.size, x.ended); err != nil {
				return err
			}
			for k, v := range x.scores {
				nan := math.IsNaN(v)
				if nan {
					v = 0
				}
				if _, err := tx.Exec(ctx, "INSERT INTO t_score (id, key, value, nan) VALUES ($1, $2, $3, $4)", x.id, k, v, nan); err != nil {
					return err
				}
			}
			for k, v := range x.tags {
				if _, err := tx.Exec(ctx, "INSERT INTO t_tag (id, key, value) VALUES ($1, $2, $3)", x.id, k, v); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func pages(db *rows.DB, where filter.Node, orders []filter.Order, size int) ([]string, error) {
	ids := []string{}
	var after []filter.Key
	for {
		q := filter.Query{Dialect: db.Dialect()}
		c, err := filter.List{Schema: schema{}, Where: where, Orders: orders, After: after}.Render(&q)
		if err != nil {
			return nil, err
		}
		statement := "SELECT r.id, " + c.Keys + " FROM t_thing r" + c.Joins + " WHERE " + c.Where + " ORDER BY " + c.OrderBy + " LIMIT " + q.Arg(int64(size))
		marker := filter.NewMarker(len(orders))
		page, err := rows.Collect(context.Background(), db.Read(), func(s rows.Scanner) (string, error) {
			var id string
			return id, s.Scan(marker.Dest([]any{&id})...)
		}, statement, q.Args()...)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", statement, err)
		}
		if ids = append(ids, page...); len(page) < size {
			return ids, nil
		}
		after = marker.Keys()
	}
}

// TestNoValuesOverAnOrdersPair holds that a list without values keeps what has
// a value, also where the pair is the one that an order joins.
func TestNoValuesOverAnOrdersPair(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"score", "tag"} {
		field := filter.Field{Entity: key, Key: "l"}
		list := filter.List{
			Schema: schema{}, Where: filter.Compare{Field: field, Op: filter.NotIn},
			Orders: []filter.Order{{Field: field}, {Field: filter.Field{Entity: "attribute", Key: "id"}}},
		}
		c, err := list.Render(&filter.Query{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(c.Where, ".value IS NOT NULL") {
			t.Errorf("%s: the condition %q keeps what has no value", key, c.Where)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	t.Parallel()
	for _, n := range []filter.Node{
		filter.Compare{Field: filter.Field{Entity: "attribute", Key: "color"}, Op: filter.Eq, Values: []any{"red"}},
		filter.Compare{Field: filter.Field{Entity: "attribute", Key: "size"}, Op: filter.Like, Values: []any{"red"}},
		filter.Compare{Field: filter.Field{Entity: "attribute", Key: "size"}, Op: filter.Eq, Values: []any{"red"}},
		filter.Compare{Field: filter.Field{Entity: "attribute", Key: "name"}, Op: filter.Eq},
		filter.Compare{Field: filter.Field{Entity: "attribute", Key: "name"}, Op: filter.Like, Values: []any{strings.Repeat("%", 20_000)}},
	} {
		q := filter.Query{}
		if s, err := filter.Render(&q, schema{}, n); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v gives %q, %v", n, s, err)
		}
	}
}

func TestUses(t *testing.T) {
	t.Parallel()
	metric := filter.Compare{Field: filter.Field{"metric", "auc"}, Op: filter.Gt, Values: []any{0.5}}
	tag := filter.Compare{Field: filter.Field{"tag", "team"}, Op: filter.Eq, Values: []any{"a"}}
	for _, c := range []struct {
		list filter.List
		want bool
	}{
		{filter.List{}, false},
		{filter.List{Where: filter.And{tag, filter.True{}}}, false},
		{filter.List{Where: filter.And{tag, filter.Or{filter.False{}, filter.Not{metric}}}}, true},
		{filter.List{Where: tag, Orders: []filter.Order{{Field: filter.Field{"metric", "auc"}}}}, true},
		{filter.List{Where: tag, Orders: []filter.Order{{Field: filter.Field{"tag", "team"}}}}, false},
	} {
		if got := c.list.Uses("metric"); got != c.want {
			t.Errorf("%+v uses metrics: %v", c.list, got)
		}
	}
}
