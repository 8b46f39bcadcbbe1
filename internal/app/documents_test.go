package app

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/api/rest"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/route"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// update writes the generated documents anew: make generate.
func update() bool { return flag.Lookup("update").Value.String() == "true" }

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the generated documents anew")
	flag.Parse()
	os.Exit(m.Run())
}

func TestGeneratedDocuments(t *testing.T) {
	t.Parallel()
	_, openAPI, err := rest.New(rest.Services{})
	if err != nil {
		t.Fatal(err)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, openAPI, "", "  "); err != nil {
		t.Fatal(err)
	}
	pretty.WriteByte('\n')
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"docs/events.md": event.Document(Kinds()), "docs/openapi.json": pretty.Bytes(), "README.md": withTable(t, readme),
	} {
		path := filepath.Join("..", "..", name)
		if update() {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		there, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(there, content) {
			t.Errorf("%s is not what the code says: make generate", name)
		}
	}
}

// Every module that the code asks for has its line, and every line its module.
func TestEveryDependencyHasItsLine(t *testing.T) {
	t.Parallel()
	mod, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "dependencies.md"))
	if err != nil {
		t.Fatal(err)
	}
	var direct []string
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+\.\S+) v\S+$`).FindAllStringSubmatch(string(mod), -1) {
		direct = append(direct, m[1])
		family := m[1]
		for !strings.Contains(string(page), family) && strings.Count(family, "/") > 1 {
			family = family[:strings.LastIndex(family, "/")]
		}
		if !strings.Contains(string(page), family) {
			t.Errorf("docs/dependencies.md has no line for %s", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^\| (\S+\.\S+/\S+)`).FindAllStringSubmatch(string(page), -1) {
		if !slices.ContainsFunc(direct, func(d string) bool { return strings.HasPrefix(d, m[1]) }) {
			t.Errorf("docs/dependencies.md has a line for %s, which nothing asks for", m[1])
		}
	}
}

// A test that docs/security.md names is there: what the page claims is shown.
func TestSecurityNamesItsTests(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.isTest() {
				there[f.Name.Name] = true
			}
		}
	}
	points := map[string]int{} // tests named by each point
	for line := range strings.Lines(string(page)) {
		for _, m := range regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(line, -1) {
			points[regexp.MustCompile(`^\| API\d+`).FindString(line)]++
			if !there[m[1]] {
				t.Errorf("docs/security.md names %s, which is no test", m[1])
			}
		}
	}
	for i := range 10 {
		if points[fmt.Sprintf("| API%d", i+1)] == 0 {
			t.Errorf("docs/security.md names no test for API%d", i+1)
		}
	}
}

// withTable puts the table of what works into the README: a line a file of the
// conformance tests, with its tests.
func withTable(t *testing.T, readme []byte) []byte {
	t.Helper()
	const begin, end = "<!-- works: generated from test/conformance by make generate -->\n", "<!-- /works -->"
	before, rest, ok := strings.Cut(string(readme), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatal("README.md has no place for the table of what works")
	}
	files, err := filepath.Glob(filepath.Join("..", "..", "test", "conformance", "test_*.py"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no conformance tests: %v", err)
	}
	var b strings.Builder
	b.WriteString(before + begin + "| what works with the unmodified clients | proven by |\n|---|---|\n")
	name := regexp.MustCompile(`(?m)^def test_(\w+)\(`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		about, _, _ := strings.Cut(strings.TrimPrefix(string(text), `"""`), `"""`)
		var tests []string
		for _, m := range name.FindAllStringSubmatch(string(text), -1) {
			tests = append(tests, strings.ReplaceAll(m[1], "_", " "))
		}
		fmt.Fprintf(&b, "| %s | %s |\n", strings.TrimSuffix(strings.TrimSpace(about), "."), strings.Join(tests, " · "))
	}
	return []byte(b.String() + end + after)
}

// open opens a house over a fresh folder.
func open(t *testing.T) *House {
	t.Helper()
	h, err := Open(context.Background(), Settings{Now: time.Now, Random: rand.Reader, Version: "test", Listen: "127.0.0.1:0", Dir: filepath.Join(t.TempDir(), "tacit")}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// Every door asks a permission, by a word of one form, about an object; only
// what everybody may know is public.
func TestEveryRouteAsksAPermission(t *testing.T) {
	t.Parallel()
	action := regexp.MustCompile(`^[a-z]+(-[a-z]+)*\.[a-z]+$`)
	whole := regexp.MustCompile(`^([a-z-]+\.create|workspace\.read|policy\.(read|explain)|lineage\.rebuild|server\.(read|observe))$`)
	listed := regexp.MustCompile(`\.list$`)
	public := []string{"/sign-in", "/sign-in/with/{provider}", "/sign-in/from/{provider}", "/sign-in/leave/{provider}", "/welcome", "/token", "/revoke", "/.well-known/oauth-authorization-server", // they are where one signs in and out
		"/health", "/version", "/api/v1/openapi.json", "/api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/server-info", "/static/{file...}", "/static/{name}", "/favicon.ico", "/theme", // it changes a cookie of the reader's own browser
		"/api/2.0/mlflow-artifacts/mpu/part/{path...}"} // its address is signed, and given out by a route that asks
	n := 0
	for _, face := range open(t).spoken {
		for _, r := range face.Routes {
			n++
			switch {
			case r.Public && !slices.Contains(public, r.Pattern):
				t.Errorf("%s: %s %s is public: name the permission it asks", face.Name, r.Method, r.Pattern)
			case !r.Public && !action.MatchString(r.Action):
				t.Errorf("%s: %s %s asks for %q, not <noun>.<verb>", face.Name, r.Method, r.Pattern, r.Action)
			case !r.Public && !roles.Known(r.Action):
				t.Errorf("%s: %s %s asks for %s, and access does not say what it takes", face.Name, r.Method, r.Pattern, r.Action)
			case !r.Public && (r.Scope == "") == (r.Objects == nil):
				t.Errorf("%s: %s %s asks for %s and does not say on what: objects, or a scope", face.Name, r.Method, r.Pattern, r.Action)
			case (r.Scope == route.Listed) != listed.MatchString(r.Action), r.Scope == route.Whole && !whole.MatchString(r.Action):
				t.Errorf("%s: %s %s asks for %s, which is not of the scope %q", face.Name, r.Method, r.Pattern, r.Action, r.Scope)
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d routes: the test does not see the faces", n)
	}
}

func TestEveryEventIsNamedByItsRoom(t *testing.T) {
	t.Parallel()
	verb := regexp.MustCompile(`^[a-z]+\.[a-z_-]+\.[a-z]+$`)
	for _, r := range Rooms() {
		for _, k := range r.Events {
			if !verb.MatchString(k.Verb) || k.Says == "" || k.Subject == "" {
				t.Errorf("%s: the event %+v is not <room>.<noun>.<past participle> with a sentence and a subject", r.Name, k)
			}
			if len(k.Verb) <= len(r.Name) || k.Verb[:len(r.Name)+1] != r.Name+"." {
				t.Errorf("%s announces %s: a verb begins with its room", r.Name, k.Verb)
			}
		}
	}
}
