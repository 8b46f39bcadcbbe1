package app

import (
	"context"
	"go/ast"
	"go/token"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

var verbs = regexp.MustCompile(`^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|LOCK|CREATE|DROP|VACUUM|SHOW|PRAGMA)\s`)

// tableNamed finds what statements are over, and texts that are a name alone.
var tableNamed = regexp.MustCompile("(?i)\\b(?:FROM|JOIN|INTO|UPDATE)\\s+(\\w+)|^[`\"](\\w+)[`\"]$")

// statement is one constant that is SQL.
type statement struct{ folder, name, text string }

// constants are the values of all constants of a folder, by name.
type constants map[string]ast.Expr

// written are all constants of all packages, by folder: nobody need list
// a statement, and nobody can forget one.
func written(t *testing.T) map[string]constants {
	t.Helper()
	folders := map[string]constants{}
	for _, s := range sources(t) {
		if s.isTest() || !strings.HasPrefix(s.path, "internal/") || ofTheLake(s) {
			continue
		}
		if folders[s.folder()] == nil {
			folders[s.folder()] = constants{}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if g, ok := n.(*ast.GenDecl); ok && g.Tok == token.CONST {
				for _, spec := range g.Specs {
					v := spec.(*ast.ValueSpec)
					for i := range min(len(v.Names), len(v.Values)) {
						folders[s.folder()][v.Names[i].Name] = v.Values[i]
					}
				}
			}
			return true
		})
	}
	return folders
}

// ofTheLake says whether a source is about columns in files, which the lake's own
// suite asks of each of its engines: no table of records is in its statements.
func ofTheLake(s source) bool {
	return s.folder() == "internal/foundation/lake" || strings.HasPrefix(s.folder(), "internal/foundation/lake/")
}

// statements are all constants that are SQL; what begins a statement is
// completed by completions.
func statements(t *testing.T) []statement {
	t.Helper()
	var all []statement
	for folder, known := range written(t) {
		for name, value := range known {
			if text, ok := fold(value, known); ok && verbs.MatchString(text) {
				for _, end := range endsOf(t, folder, name, known) {
					all = append(all, statement{folder, name + end.dialect, text + end.text})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b statement) int { return strings.Compare(a.folder+a.name, b.folder+b.name) })
	return all
}

// TestSQLIsAConstant finds statements that are no constants, which
// TestEveryStatementPrepares would not see.
func TestSQLIsAConstant(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		// A backup reads and fills every table by its name; rowstest makes databases.
		if s.isTest() || !strings.HasPrefix(s.path, "internal/") || s.folder() == "internal/foundation/backup" || s.folder() == "internal/foundation/rows/rowstest" || ofTheLake(s) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if g, ok := n.(*ast.GenDecl); ok && g.Tok == token.CONST {
				return false
			}
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				if text, err := strconv.Unquote(l.Value); err == nil && verbs.MatchString(text) {
					t.Errorf("%s: %q is a statement and no constant: name it, so that it is prepared on both engines", s.set.Position(l.Pos()), text)
				}
			}
			return true
		})
	}
}

// fold is the value of a constant string expression.
func fold(e ast.Expr, constants constants) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	case *ast.ParenExpr:
		return fold(e.X, constants)
	case *ast.Ident:
		if value, ok := constants[e.Name]; ok {
			return fold(value, constants)
		}
	case *ast.BinaryExpr:
		x, okX := fold(e.X, constants)
		y, okY := fold(e.Y, constants)
		return x + y, okX && okY && e.Op == token.ADD
	}
	return "", false
}

// TestATableBelongsToOnePackage finds every table in the texts of one package
// alone: who else wants what is in it asks that package.
func TestATableBelongsToOnePackage(t *testing.T) {
	t.Parallel()
	known := map[string]map[string]bool{} // the packages that name a table
	for _, s := range Schemas() {
		if s.Foreign != nil {
			continue // a library's tables have the library's statements
		}
		files, err := fs.Glob(s.Files, "sqlite/*.sql")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := fs.ReadFile(s.Files, file)
			if err != nil {
				t.Fatal(err)
			}
			for _, table := range tablesOf(string(text)) {
				known[table] = map[string]bool{}
			}
		}
	}
	for _, s := range sources(t) {
		if s.isTest() {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			l, ok := n.(*ast.BasicLit)
			if !ok || l.Kind != token.STRING {
				return true
			}
			for _, m := range tableNamed.FindAllStringSubmatch(l.Value, -1) {
				if by := known[m[1]+m[2]]; by != nil {
					by[s.folder()] = true
				}
			}
			return true
		})
	}
	for table, by := range known {
		if len(by) != 1 {
			t.Errorf("the table %s is named by %v: it belongs to one package, which others ask", table, slices.Sorted(maps.Keys(by)))
		}
	}
}

func TestEveryStatementPrepares(t *testing.T) {
	t.Parallel()
	all := statements(t)
	if len(all) == 0 {
		t.Fatal("found no statement: the test does not read the rooms")
	}
	rowstest.Each(t, Schemas(), func(t *testing.T, db *rows.DB) {
		ctx := context.Background()
		if _, err := db.SQL().ExecContext(ctx, `CREATE TABLE rows_probe (filler text)`); err != nil { // there for a moment only
			t.Fatal(err)
		}
		n := 0
		for _, s := range all {
			if strings.HasSuffix(s.name, "Postgres") && db.Dialect() != rows.Postgres ||
				strings.HasSuffix(s.name, "SQLite") && db.Dialect() != rows.SQLite {
				continue
			}
			if s.name == "makeProbeSQLite" { // SQLite prepares no table that is there
				s.text = strings.Replace(s.text, "rows_probe", "rows_probe_2", 1)
			}
			n++
			prepared, err := db.SQL().PrepareContext(ctx, s.text)
			if err != nil {
				t.Errorf("%s: %s does not prepare: %v\n%s\nWhat begins a statement has its end in completions.", s.folder, s.name, err, s.text)
				continue
			}
			_ = prepared.Close()
		}
		t.Logf("%d statements", n)
	})
}

// TestWorkspacesAreFoundByIndex: every page asks which workspaces there are and
// what its reader is in them. None of these statements may go through a table or
// through all of an index.
func TestWorkspacesAreFoundByIndex(t *testing.T) {
	t.Parallel()
	db, n := rowstest.SQLite(t, Schemas()), 0
	for _, s := range statements(t) {
		if !slices.Contains([]string{"selectRoleWorkspaces", "selectHeldAnywhere"}, s.name) && (s.name != "selectWorkspaces" || s.folder == "internal/govern/access") {
			continue // one line for each workspace that was made is what is asked
		}
		n++
		plan, err := rows.Collect(t.Context(), db.Read(), func(row rows.Scanner) (step string, err error) {
			var id, parent, unused int64
			return step, row.Scan(&id, &parent, &unused, &step)
		}, "EXPLAIN QUERY PLAN "+s.text, "tacit:user/ada")
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		for _, step := range plan {
			if over, is := strings.CutPrefix(step, "SCAN "); is && !slices.Contains([]string{"CONSTANT ROW", "named", "given", "mapped", "granted", "mine", "own"}, over) {
				t.Errorf("%s: %s: %s", s.folder, s.name, step)
			}
		}
	}
	if n != 7 {
		t.Errorf("%d statements were looked at, want 7: one has another name", n)
	}
}
