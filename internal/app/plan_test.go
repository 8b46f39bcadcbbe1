package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

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
			for _, allowed := range []string{"route", "observe", "folder", "blobs", "deliver", "files"} {
				if strings.HasPrefix(s.path, "internal/foundation/"+allowed) {
					goto next
				}
			}
			t.Errorf("%s imports net/http: only the door, the folder's socket, observation, collectors, S3 and places of files speak HTTP", s.path)
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
			strings.HasPrefix(s.path, "internal/cli/") || strings.HasPrefix(s.path, "internal/app/rooms") {
			continue
		}
		for _, i := range s.imports {
			if roomOf(i) != "" || strings.HasPrefix(i, "internal/api/") && s.folder() == "internal/app" {
				t.Errorf("%s imports %s: only rooms.go and what lies beside it as rooms_….go know the rooms and their faces, so that one more is one line there", s.path, i)
			}
		}
	}
}
