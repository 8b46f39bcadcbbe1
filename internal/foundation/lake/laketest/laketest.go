// Package laketest is the suite that every engine of the lake passes.
package laketest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// Run runs the suite; open gives a store over the engine. Engines that share
// nothing may run it beside each other.
func Run(t *testing.T, open func(t *testing.T) *lake.Store) {
	for name, test := range map[string]func(*testing.T, *lake.Store){
		"answers": answers, "kinds": kinds, "parameters": parameters, "dialect": dialect, "refusals": refusals, "only what is named": onlyNamed,
		"limits": limits, "cancelled": cancelled, "describe": describe, "broken": broken, "names of files": fileNames, "profile": profile,
		"profile repeats": profileRepeats, "what pandas says": golden, "compare by key": compareByKey, "compare as they are": compareRows, "compare columns": compareColumns, "compare columns of another type": compareRetyped, "compare columns without values": compareEmpty, "other than described": otherThanDescribed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// file writes a file of the test.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func csv(t *testing.T, content string) lake.Source {
	t.Helper()
	return lake.Source{Path: file(t, "t.csv", content)}
}

// ask gives an answer as lines, the values as JSON.
func ask(t *testing.T, s *lake.Store, q lake.Query) []string {
	t.Helper()
	b, err := lake.All(s.Query(context.Background(), q))
	if err != nil {
		t.Fatalf("%s: %v", q.SQL, err)
	}
	lines := []string{}
	for i := range b.Rows {
		var values []string
		for c := range b.Vectors {
			text, ok := b.Vectors[c].Show(i)
			if !ok {
				text = "∅"
			}
			values = append(values, text)
		}
		lines = append(lines, strings.Join(values, " "))
	}
	return lines
}

// people is a table of all kinds that CSV files have.
const people = "id,name,height,born,seen,member\n" +
	"1,Ada,1.65,1815-12-10,2026-11-27 10:00:00.25,true\n" +
	"2,\"Grace, Admiral\",1.5e0,1906-12-09,2026-11-27T11:30:00Z,FALSE\n" +
	"3,Åsa,nan,,,\n" +
	"4,,-inf,1970-01-01,1970-01-01 00:00:00,true\n"

func answers(t *testing.T, s *lake.Store) {
	source := map[string]lake.Source{"p": csv(t, people), "q r": csv(t, "id,score\n1,10\n1,20\n9,1\n")}
	for sql, want := range map[string][]string{
		"SELECT count(*) FROM p":                                                                                 {"4"},
		"SELECT id, name FROM p ORDER BY name ASC NULLS FIRST":                                                   {"4 ∅", "1 Ada", "2 Grace, Admiral", "3 Åsa"},
		"SELECT member, count(*) FROM p GROUP BY 1 ORDER BY 1 NULLS FIRST":                                       {"∅ 1", "false 1", "true 2"},
		"SELECT p.id, sum(CAST(score AS decimal(38,0))) FROM p JOIN \"q r\" AS q ON p.id = q.id GROUP BY 1":      {"1 30"},
		"SELECT count(*) FILTER (WHERE height > 1), count_if(id < 3) FROM p WHERE id <> 3":                       {"2 2"},
		"SELECT max_by(name, id), min_by(name, id) FROM p WHERE name IS NOT NULL":                                {"Åsa Ada"},
		"SELECT try_cast(name AS bigint), coalesce(name, 'none'), lower('ÅÉ'), length('ÅÉ') FROM p WHERE id = 4": {"∅ none åé 2"},
		"SELECT id, row_number() OVER (ORDER BY id DESC) AS n FROM p WHERE id < 3 ORDER BY id":                   {"1 2", "2 1"},
		"WITH x AS (SELECT id + 1 AS i FROM p) SELECT i FROM x WHERE i > 4 UNION ALL SELECT 0 ORDER BY 1":        {"0", "5"},
		"SELECT seen, born FROM p WHERE id <= 2 ORDER BY id":                                                     {"2026-11-27T10:00:00.25Z 1815-12-10", "2026-11-27T11:30:00Z 1906-12-09"},
		"SELECT mod(-7, 2), nullif(1, 1), strpos('abc', 'c'), substr('abc', 2, 1), 'a' || NULL":                  {"-1 ∅ 3 b ∅"},
		"SELECT u FROM unnest(ARRAY[3, 1, 2]) AS t(u) ORDER BY u":                                                {"1", "2", "3"},
		"SELECT id FROM p WHERE false":                                                                           {},
	} {
		if diff := cmp.Diff(want, ask(t, s, lake.Query{SQL: sql, Sources: source})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
	}
}

func kinds(t *testing.T, s *lake.Store) {
	b, err := lake.All(s.Query(context.Background(), lake.Query{SQL: `SELECT true AS a, CAST(7 AS smallint) AS b, CAST(0.1 AS real) AS c, CAST(0.1 AS double) AS d, CAST(1.50 AS decimal(10,2)) AS e,
		'x' AS f, DATE '1969-12-31' AS g, TIMESTAMP '1969-12-31 23:59:59.999999' AS h, ARRAY[1, NULL] AS i, sum(v) AS j, count(*) AS "K k", NULL AS l
		FROM (VALUES (9223372036854775807), (9223372036854775807)) AS t(v)`}))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		name  string
		kind  lake.Kind
		value string
	}{
		{"a", lake.Bool, "true"}, {"b", lake.Int, "7"}, {"c", lake.Float, "0.10000000149011612"}, {"d", lake.Float, "0.1"}, {"e", lake.Decimal, "1.50"},
		{"f", lake.Text, "x"}, {"g", lake.Date, "1969-12-31"}, {"h", lake.Time, "1969-12-31T23:59:59.999999Z"}, {"i", lake.JSON, "[1,null]"},
		{"j", lake.Decimal, "18446744073709551614"}, {"K k", lake.Int, "2"}, {"l", 0, ""},
	} {
		got, ok := b.Vectors[i].Show(0)
		if b.Columns[i].Name != want.name || want.kind != 0 && b.Columns[i].Kind != want.kind || got != want.value || ok == (want.name == "l") {
			t.Errorf("column %d: got %+v %q %v, want %+v", i, b.Columns[i], got, ok, want)
		}
	}
}

func parameters(t *testing.T, s *lake.Store) {
	source := map[string]lake.Source{"p": csv(t, people)}
	got := ask(t, s, lake.Query{SQL: "SELECT id, $2 FROM p WHERE name = $1 OR CAST(id AS double) > $3 AND id < 4 ORDER BY id", Args: []any{"Ada", `it's "x"; --`, 2.5}, Sources: source})
	if diff := cmp.Diff([]string{`1 it's "x"; --`, `3 it's "x"; --`}, got); diff != "" {
		t.Error(diff)
	}
	got = ask(t, s, lake.Query{SQL: "SELECT CAST($1 AS bigint) + 1, CAST($2 AS varchar), $3 IS NULL, CAST($4 AS boolean)", Args: []any{41, "", nil, true}})
	if diff := cmp.Diff([]string{"42  true true"}, got); diff != "" {
		t.Error(diff)
	}
	for _, args := range [][]any{nil, {1, 2}, {struct{}{}}} {
		if _, err := lake.All(s.Query(context.Background(), lake.Query{SQL: "SELECT CAST($1 AS bigint)", Args: args})); !fault.Is(err, fault.Invalid) {
			t.Errorf("%d values for one parameter: got %v, want invalid", len(args), err)
		}
	}
}

func dialect(t *testing.T, s *lake.Store) {
	source := map[string]lake.Source{"p": csv(t, people)}
	d := s.Dialect()
	for sql, want := range map[string][]string{
		"SELECT id FROM p WHERE " + d.IsNaN("height"):                     {"3"},
		"SELECT id FROM p WHERE " + d.IsInfinite("height"):                {"4"},
		"SELECT id FROM p WHERE " + d.Matches("name", "'^A.a$|rac'"):      {"1", "2"},
		"SELECT " + d.List("name", "; ", "id DESC") + " FROM p":           {"Åsa; Grace, Admiral; Ada"},
		"SELECT " + d.Field(`'{"a \"b": "c", "d": 2}'`, `a "b`):           {"c"},
		"SELECT " + d.Field(`'{"a.b": "c", "d": 2}'`, `d`):                {"2"},
		"SELECT " + d.Field(`'{"a": {"b": 1}}'`, `a.b`):                   {"∅"},
		"SELECT " + d.Total("id * 0 + 4611686018427387000") + " FROM p":   {"18446744073709548000"},
		"SELECT " + d.Days("born") + " FROM p WHERE id = 1":               {"-56270"},
		"SELECT " + d.Micros("seen") + " FROM p WHERE id = 4":             {"0"},
		d.Explode([]string{"id", "NULL", "id * 10"}, "p") + " ORDER BY v": {"1", "2", "3", "4", "10", "20", "30", "40", "∅", "∅", "∅", "∅"},
	} {
		if diff := cmp.Diff(want, ask(t, s, lake.Query{SQL: sql, Sources: source})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", sql, diff)
		}
	}
	if n := ask(t, s, lake.Query{SQL: "SELECT abs(" + d.Distinct("id") + " - 4) <= 1 FROM p", Sources: source}); n[0] != "true" {
		t.Error("of 4 different values not about 4 are counted")
	}
}

// show is anything as text, for what is compared whole.
func show(t *testing.T, x any) string {
	t.Helper()
	text, err := json.MarshalIndent(x, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
