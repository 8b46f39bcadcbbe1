package laketest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

// many selects n rows, one at a time and at no cost of memory.
const many = "SELECT a.x * 1000000 + b.x * 1000 + c.x AS n FROM "

// thousands makes a source of a thousand rows, by the name x.
func thousands(t *testing.T) map[string]lake.Source {
	t.Helper()
	var b strings.Builder
	b.WriteString("x,word\n")
	for i := range 1000 {
		b.WriteString(strings.Join([]string{itoa(i), strings.Repeat("w", 100)}, ",") + "\n")
	}
	return map[string]lake.Source{"t": csv(t, b.String())}
}

func refused(t *testing.T, s *lake.Store, kind fault.Kind, q lake.Query) string {
	t.Helper()
	_, err := lake.All(s.Query(context.Background(), q))
	if !fault.Is(err, kind) {
		t.Errorf("%.80s: got %v, want %s", q.SQL, err, kind)
		return ""
	}
	return fault.Sentence(err)
}

func refusals(t *testing.T, s *lake.Store) {
	target := filepath.Join(t.TempDir(), "written")
	p := csv(t, people)
	for _, sql := range []string{
		"", ";", "SELECT", "SELECT 1; SELECT 2", "SELECT nothing FROM p", "SELECT 1 FROM nowhere", "CREATE TABLE x AS SELECT 1", "DROP VIEW p", "INSERT INTO p VALUES (1)",
		"COPY (SELECT 1) TO '" + target + "'", "COPY p TO '" + p.Path + "'", "ATTACH '" + target + "'", "SET threads = 1", "PRAGMA enable_profiling", "INSTALL httpfs", "LOAD httpfs", "CALL pragma_version()",
		"EXPLAIN ANALYZE SELECT 1", "EXPORT DATABASE '" + target + "'", "BEGIN", "SELECT 1\x00",
	} {
		refused(t, s, fault.Invalid, lake.Query{SQL: sql, Sources: map[string]lake.Source{"p": p}})
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("a query wrote a file")
	}
	if content, err := os.ReadFile(p.Path); err != nil || string(content) != people {
		t.Errorf("a query changed its source: %q, %v", content, err)
	}
}

// onlyNamed has a query look for files that it was not given.
func onlyNamed(t *testing.T, s *lake.Store) {
	other := csv(t, "secret\n42\n").Path
	p := csv(t, people)
	for _, sql := range []string{
		"SELECT * FROM '" + other + "'", "SELECT * FROM read_csv('" + other + "')", "SELECT * FROM read_text('" + other + "')", "SELECT * FROM read_blob('" + other + "')",
		"SELECT * FROM glob('" + filepath.Dir(other) + "/*')", "SELECT * FROM read_json('" + other + "')", "SELECT * FROM read_parquet('https://example.com/x.parquet')",
		"SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM read_text('" + filepath.Dir(p.Path) + "/../../../../../../../etc/passwd')", "SELECT getenv('HOME')", "SELECT * FROM sniff_csv('" + other + "')",
	} {
		refused(t, s, fault.Invalid, lake.Query{SQL: sql, Sources: map[string]lake.Source{"p": p}})
	}
}

func limits(t *testing.T, s *lake.Store) {
	source := thousands(t)
	cross := "t AS a, t AS b, t AS c"
	for name, c := range map[string]struct {
		limits lake.Limits
		least  int
		most   int
	}{
		"rows":  {lake.Limits{Rows: 2500}, 2500, 2500},
		"bytes": {lake.Limits{Bytes: 100_000}, 5000, 13_000},
	} {
		rows, err := s.Query(context.Background(), lake.Query{SQL: many + cross, Sources: source, Limits: c.limits})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for {
			b, err := rows.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			n += b.Rows
		}
		if n < c.least || n > c.most || !rows.Truncated() {
			t.Errorf("%s: got %d rows of a billion, truncated %v", name, n, rows.Truncated())
		}
		for range 2 {
			if err := rows.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	rows, err := s.Query(context.Background(), lake.Query{SQL: "SELECT x FROM t", Sources: source, Limits: lake.Limits{Rows: 1000, Bytes: 1 << 30}})
	if b, err := lake.All(rows, err); err != nil || b.Rows != 1000 || rows.Truncated() {
		t.Errorf("as many rows as may be: %v", err)
	}
	refused(t, s, fault.Limit, lake.Query{SQL: "SELECT sum(n % 7) FROM (" + many + cross + ") AS u", Sources: source, Limits: lake.Limits{Time: 200 * time.Millisecond}})
	refused(t, s, fault.Limit, lake.Query{SQL: "SELECT max_by(word, n), count(*) FROM (SELECT a.word || b.x AS word, a.x + b.x AS n, list FROM t AS a, t AS b, (SELECT array_agg(word || x) AS list FROM t) AS l) AS u GROUP BY list, word",
		Sources: source, Limits: lake.Limits{Memory: 32 << 20, Time: time.Minute}})
}

func cancelled(t *testing.T, s *lake.Store) {
	source := thousands(t)
	ctx, cancel := context.WithCancel(context.Background())
	rows, err := s.Query(ctx, lake.Query{SQL: many + "t AS a, t AS b, t AS c", Sources: source})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rows.Next(); err != nil {
		t.Fatal(err)
	}
	cancel()
	for err == nil {
		_, err = rows.Next()
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled query: got %v", err)
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := lake.All(s.Query(ctx, lake.Query{SQL: "SELECT sum(n % 7) FROM (" + many + "t AS a, t AS b, t AS c) AS u", Sources: source})); !errors.Is(err, context.Canceled) {
		t.Errorf("a query cancelled before its first row: got %v", err)
	}
	if _, err := s.Query(ctx, lake.Query{SQL: "SELECT 1"}); !errors.Is(err, context.Canceled) {
		t.Errorf("a query of who has left: got %v", err)
	}
	if got := ask(t, s, lake.Query{SQL: "SELECT count(*) FROM t", Sources: source}); !cmp.Equal(got, []string{"1000"}) {
		t.Errorf("after cancelled queries: got %v", got)
	}
}
