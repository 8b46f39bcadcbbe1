package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/tacit-ml/tacit/"

// source is one parsed Go file of the repository.
type source struct {
	path    string // from the root: internal/cli/up.go
	file    *ast.File
	imports []string // of this module, from the root
	others  []string // of other modules and the standard library
	lines   int
	set     *token.FileSet
}

func (s source) folder() string { return filepath.ToSlash(filepath.Dir(s.path)) }

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// sources reads the repository itself, so that the test cache sees a change.
func sources(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	var all []source
	set := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "testdata" || name == "bin") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(set, path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		s := source{path: filepath.ToSlash(relative), file: file, lines: strings.Count(string(text), "\n"), set: set}
		for _, i := range file.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			if own, ok := strings.CutPrefix(name, module); ok {
				s.imports = append(s.imports, own)
			} else {
				s.others = append(s.others, name)
			}
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("found %d Go files: the test does not read the repository", len(all))
	}
	return all
}

// floors, lowest first. A package imports its own floor or below.
func floor(folder string) (int, string) {
	for i, f := range []struct {
		name     string
		prefixes []string
	}{
		{"ml and foundation", []string{"ml", "internal/foundation", "examples/guide/data"}},
		{"rooms", []string{"internal/develop", "internal/deploy", "internal/monitor", "internal/govern", "internal/llmops"}},
		{"api, ui and cli", []string{"internal/api", "internal/ui", "web"}},
		{"app", []string{"internal/app"}},
		{"cli", []string{"internal/cli"}},
		{"cmd, test and bench", []string{"cmd", "test", "bench", "examples"}},
	} {
		for _, p := range f.prefixes {
			if folder == p || strings.HasPrefix(folder, p+"/") {
				return i, f.name
			}
		}
	}
	return -1, ""
}

func TestFloors(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		from, name := floor(s.folder())
		if from < 0 {
			t.Errorf("%s lies on no floor: put it where ARCHITECTURE.md says such things go", s.path)
			continue
		}
		for _, i := range s.imports {
			if to, above := floor(i); to > from {
				t.Errorf("%s (%s) imports %s (%s): what lies below must not know what lies above", s.path, name, i, above)
			}
		}
		if strings.HasPrefix(s.path, "ml/") && !s.isTest() {
			for _, o := range append(s.others, s.imports...) {
				if strings.Contains(o, ".") && !strings.HasPrefix(o, "gonum.org/") || strings.HasPrefix(o, "internal/") {
					t.Errorf("%s imports %s: ml is pure and takes only the standard library and gonum", s.path, o)
				}
			}
		}
	}
}

// room is the wing/room that a folder belongs to, "" when it is none.
func roomOf(folder string) string {
	parts := strings.Split(folder, "/")
	if f, _ := floor(folder); f != 1 || len(parts) < 3 {
		return ""
	}
	return parts[1] + "/" + parts[2]
}

func plan(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("plan.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, neighbours, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("plan.txt: %q is not \"room: neighbours\"", line)
		}
		all[name] = strings.Fields(strings.ReplaceAll(neighbours, ",", " "))
	}
	return all
}

func TestPlan(t *testing.T) {
	t.Parallel()
	rooms := plan(t)
	seen := map[string]bool{}
	for _, s := range sources(t) {
		from := roomOf(s.folder())
		if from == "" {
			continue
		}
		seen[from] = true
		neighbours, ok := rooms[from]
		if !ok {
			t.Errorf("%s: the room %s has no line in plan.txt", s.path, from)
			rooms[from] = nil
		}
		for _, i := range s.imports {
			if to := roomOf(i); to != "" && to != from && !slices.Contains(neighbours, to) && !s.isTest() {
				t.Errorf("%s imports %s, but plan.txt does not name %s as a neighbour of %s: ask through an interface, tell by an event, or change the plan", s.path, i, to, from)
			}
		}
	}
	for name, neighbours := range rooms {
		if !seen[name] {
			t.Errorf("plan.txt names %s, which is no room", name)
		}
		for _, n := range neighbours {
			if reaches(rooms, n, name, map[string]bool{}) {
				t.Errorf("plan.txt: %s and %s reach each other", name, n)
			}
		}
	}
}

func reaches(plan map[string][]string, from, to string, been map[string]bool) bool {
	if from == to {
		return true
	}
	if been[from] {
		return false
	}
	been[from] = true
	for _, n := range plan[from] {
		if reaches(plan, n, to, been) {
			return true
		}
	}
	return false
}

func TestFoundationsKnowNoRoom(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		if f, _ := floor(s.folder()); f == 0 && !s.isTest() && slices.Contains(s.others, "net/http") {
			for _, allowed := range []string{"route", "observe", "folder", "blobs", "deliver"} {
				if strings.HasPrefix(s.path, "internal/foundation/"+allowed) {
					goto next
				}
			}
			t.Errorf("%s imports net/http: only the door, the folder's socket, observation, collectors and S3 speak HTTP", s.path)
		}
		if roomOf(s.folder()) != "" && !s.isTest() && slices.Contains(s.others, "net/http") {
			t.Errorf("%s imports net/http: a room decides, a face speaks", s.path)
		}
	next:
	}
}

func TestRoomShape(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..", "internal")
	for name := range plan(t) {
		for _, file := range []string{"doc.go", "service.go"} {
			if _, err := os.Stat(filepath.Join(root, name, file)); err != nil {
				t.Errorf("the room %s has no %s: whoever knows one room knows all", name, file)
			}
		}
		if _, err := os.Stat(filepath.Join(root, name, "migrations")); err == nil {
			for _, dialect := range []string{"sqlite", "postgres"} {
				if _, err := os.Stat(filepath.Join(root, name, "migrations", dialect)); err != nil {
					t.Errorf("the room %s has no migrations for %s", name, dialect)
				}
			}
			for _, file := range []string{"rows.go", "events.go"} {
				if _, err := os.Stat(filepath.Join(root, name, file)); err != nil {
					t.Errorf("the room %s keeps records but has no %s", name, file)
				}
			}
		}
	}
}

// A new room touches its own folder, rooms.go, plan.txt and the faces it shows:
// nothing else may know a room.
func TestAddingARoomTouchesOnlyWhatItMust(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		f, _ := floor(s.folder())
		if s.isTest() || f == 1 || strings.HasPrefix(s.path, "internal/api/") || strings.HasPrefix(s.path, "internal/ui/") ||
			strings.HasPrefix(s.path, "internal/cli/") || s.path == "internal/app/rooms.go" {
			continue
		}
		for _, i := range s.imports {
			if roomOf(i) != "" || strings.HasPrefix(i, "internal/api/") && s.folder() == "internal/app" {
				t.Errorf("%s imports %s: only rooms.go knows the rooms and their faces, so that one more is one line there", s.path, i)
			}
		}
	}
}

func TestPackageComments(t *testing.T) {
	t.Parallel()
	has := map[string]bool{}
	for _, s := range sources(t) {
		if !s.isTest() {
			comment := s.file.Doc.Text()
			has[s.folder()] = has[s.folder()] || strings.HasPrefix(comment, "Package ") || strings.HasPrefix(comment, "Command ")
		}
	}
	for folder, ok := range has {
		if !ok {
			t.Errorf("the package in %s has no comment that says what it is for", folder)
		}
	}
}

func TestFilesAreOfOneIdea(t *testing.T) {
	t.Parallel()
	const most = 400
	for _, s := range sources(t) {
		if s.lines > most && !strings.HasSuffix(s.path, "_templ.go") && !s.isTest() {
			t.Errorf("%s has %d lines, more than %d: split it by idea", s.path, s.lines, most)
		}
	}
}

// A function fits on a screen. One that only returns a value made of literals is
// a table, however long.
func TestFunctionsAreOfOneThought(t *testing.T) {
	t.Parallel()
	const most = 60
	read := 0
	for _, s := range sources(t) {
		if s.isTest() || strings.HasSuffix(s.path, "_templ.go") {
			continue
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			read++
			n := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
			if n > most && !isTable(f.Body) {
				t.Errorf("%s: %s has %d lines, more than %d: part it by thought", s.path, f.Name.Name, n, most)
			}
		}
	}
	if read < 1000 {
		t.Errorf("only %d functions: the test does not see the sources", read)
	}
}

// isTable reports whether a function does nothing but return one table.
func isTable(body *ast.BlockStmt) bool {
	if len(body.List) != 1 {
		return false
	}
	back, ok := body.List[0].(*ast.ReturnStmt)
	if !ok || len(back.Results) != 1 {
		return false
	}
	_, table := back.Results[0].(*ast.CompositeLit)
	return table
}

func TestNamesOfTheTrade(t *testing.T) {
	t.Parallel()
	for _, s := range sources(t) {
		name := filepath.Base(s.folder())
		if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "manager", "misc", "base"}, name) {
			t.Errorf("%s: %q says nothing; name the package after what it is about", s.path, name)
		}
	}
}

// What is made once and never changes may be a variable of a package: files
// compiled in, compiled expressions, errors, tables of words.
func TestNoGlobalsNoInit(t *testing.T) {
	t.Parallel()
	allowed := map[string]string{
		"internal/cli/cli.go":              "the linker sets the version",
		"internal/foundation/draw/draw.go": "rapid's settings are the process's: they are made once",
	}
	for _, s := range sources(t) {
		if s.isTest() || strings.HasSuffix(s.path, "_templ.go") {
			continue
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					t.Errorf("%s has an init function: what must happen at the start happens in internal/app", s.path)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok && d.Tok == token.VAR && !constant(d, v) && allowed[s.path] == "" {
						t.Errorf("%s: the variable %s is a global: pass it in", s.path, v.Names[0].Name)
					}
				}
			}
		}
	}
}

// constant reports whether a package's variable is one that never changes.
func constant(d *ast.GenDecl, v *ast.ValueSpec) bool {
	if v.Names[0].Name == "_" || strings.Contains(d.Doc.Text()+v.Doc.Text()+v.Comment.Text(), "go:embed") {
		return true
	}
	for _, comments := range []*ast.CommentGroup{d.Doc, v.Doc} {
		if comments != nil && slices.ContainsFunc(comments.List, func(c *ast.Comment) bool { return strings.HasPrefix(c.Text, "//go:embed") }) {
			return true
		}
	}
	if len(v.Values) != 1 {
		return false
	}
	switch value := v.Values[0].(type) {
	case *ast.CompositeLit, *ast.SelectorExpr: // a table of words; another package's error
		return true
	case *ast.UnaryExpr:
		_, table := value.X.(*ast.CompositeLit)
		return table
	case *ast.CallExpr:
		name := ""
		switch f := value.Fun.(type) {
		case *ast.ArrayType: // bytes of a text
			return true
		case *ast.SelectorExpr:
			if x, ok := f.X.(*ast.Ident); ok {
				name = x.Name + "." + f.Sel.Name
			}
		}
		return slices.Contains([]string{"errors.New", "regexp.MustCompile", "strings.NewReplacer", "fault.New", "crc32.MakeTable"}, name)
	}
	return false
}

// A workspace is apart from the others only if it leads every key and index.
func TestWorkspaceLeadsEveryKey(t *testing.T) {
	t.Parallel()
	keys := regexp.MustCompile(`(?is)(PRIMARY KEY|UNIQUE|INDEX\s+\w+\s+ON\s+\w+)\s*\(\s*(\w+)`)
	inline := regexp.MustCompile(`(?im)^\s*(\w+)\s+[^,\n]*(PRIMARY KEY|UNIQUE)\s*,?\s*$`)
	// Keys that span workspaces, by schema and first column.
	apart := map[string]string{
		"event position":    "the stream has one order",
		"event id":          "an event's id is unique everywhere; subscribers know it again by that",
		"event xact":        "subscribers read the whole stream in its order",
		"event subscriber":  "a subscriber follows all workspaces",
		"audit tree_index":  "the tree has one order, of all workspaces, so that one checkpoint covers all",
		"audit position":    "a leaf is found by its event's place in the stream",
		"audit place":       "hashes of the tree are numbered through",
		"audit size":        "a checkpoint is of the whole tree",
		"audit target":      "an export sends the entries of all workspaces",
		"secret name":       "keys belong to the installation",
		"access name":       "users and services belong to the installation, roles to a workspace",
		"access id":         "a token or session belongs to a principal of the installation",
		"access issuer":     "a person is known by a provider before anything else is known",
		"access hash":       "a secret is found by its hash before anything else is known",
		"access principal":  "tokens and sessions of a principal are listed and ended in all workspaces",
		"access made_by":    "tokens end with the one that made them, in all workspaces",
		"jobs job":          "River numbers jobs through; Status and Cancel ask for the workspace",
		"idempotency until": "answers that are too old are cleared away in all workspaces at once",
	}
	n, used := 0, map[string]bool{}
	for _, s := range Schemas() {
		if s.Foreign != nil {
			continue // River's tables are River's
		}
		for _, dialect := range []string{"sqlite", "postgres"} {
			files, err := fs.Glob(s.Files, dialect+"/*.sql")
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				text, err := fs.ReadFile(s.Files, file)
				if err != nil {
					t.Fatal(err)
				}
				found := keys.FindAllStringSubmatch(string(text), -1)
				for _, m := range inline.FindAllStringSubmatch(string(text), -1) {
					found = append(found, []string{m[0], m[2], m[1]})
				}
				for _, m := range found {
					n++
					key := s.Name + " " + m[2]
					if used[key] = true; m[2] != "workspace" && apart[key] == "" {
						t.Errorf("%s/%s: %s begins with %s, not with workspace", s.Name, file, strings.Join(strings.Fields(m[1]), " "), m[2])
					}
				}
			}
		}
	}
	for key := range apart {
		if !used[key] {
			t.Errorf("%q is listed as apart, and no key begins so", key)
		}
	}
	if n < 20 {
		t.Errorf("only %d keys: the test does not see the migrations", n)
	}
}

func TestTablePrefixes(t *testing.T) {
	t.Parallel()
	for _, s := range Schemas() {
		if s.Foreign != nil {
			continue // a library's tables have the library's names
		}
		for _, dialect := range []string{"sqlite", "postgres"} {
			files, err := fs.Glob(s.Files, dialect+"/*.sql")
			if err != nil || len(files) == 0 {
				t.Errorf("schema %s has no migrations for %s", s.Name, dialect)
			}
			for _, file := range files {
				text, err := fs.ReadFile(s.Files, file)
				if err != nil {
					t.Fatal(err)
				}
				for _, table := range tablesOf(string(text)) {
					if !strings.HasPrefix(table, s.Name+"_") && table != s.Name {
						t.Errorf("%s/%s makes the table %s: a room's tables begin with its name", s.Name, file, table)
					}
				}
			}
		}
	}
}

func tablesOf(sql string) []string {
	var names []string
	words := strings.Fields(sql)
	for i, w := range words {
		if !strings.EqualFold(w, "TABLE") || i == 0 || !strings.EqualFold(words[i-1], "CREATE") || i+1 >= len(words) {
			continue
		}
		name := words[i+1]
		if strings.EqualFold(name, "IF") && i+4 < len(words) {
			name = words[i+4]
		}
		names = append(names, strings.TrimRight(name, "("))
	}
	return names
}

// Time and chance come from the composition: what reads a clock of its own
// cannot be tested at another time, what draws for itself not twice.
func TestTimeAndChanceArePassedIn(t *testing.T) {
	t.Parallel()
	allowed := map[string]string{
		"internal/foundation/draw/draw.go":                    "tests draw with its seed",
		"internal/foundation/rows/rowstest/rowstest.go":       "tests are given the world's own",
		"internal/foundation/blobs/blobstest/blobstest.go":    "a suite of tests, with a fixed seed",
		"internal/foundation/blobs/blobstest/upload.go":       "a suite of tests, beside the disk's own clock",
		"internal/foundation/blobs/s3/s3test/s3test.go":       "tests wait for a server of their own",
		"internal/foundation/secret/secrettest/secrettest.go": "tests are given the world's own",
	}
	used := map[string]bool{}
	for _, s := range sources(t) {
		if f, _ := floor(s.folder()); f > 1 || !strings.HasPrefix(s.path, "internal/") || s.isTest() {
			continue
		}
		found := ""
		for _, o := range s.others {
			if o == "math/rand" || o == "math/rand/v2" || o == "crypto/rand" {
				found = o
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if x, ok := n.(*ast.SelectorExpr); ok {
				if of, ok := x.X.(*ast.Ident); ok && of.Name == "time" && (x.Sel.Name == "Now" || x.Sel.Name == "Since" || x.Sel.Name == "Until") {
					found = "time." + x.Sel.Name
				}
			}
			return true
		})
		if found == "" {
			continue
		}
		if used[s.path] = true; allowed[s.path] == "" {
			t.Errorf("%s uses %s: take the clock and the random bytes that internal/app passes in", s.path, found)
		}
	}
	for path := range allowed {
		if !used[path] {
			t.Errorf("%s is listed and needs no leave any more", path)
		}
	}
}
