package app

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

// A workspace is apart from the others only if it leads every key and index.
func TestWorkspaceLeadsEveryKey(t *testing.T) {
	t.Parallel()
	keys := regexp.MustCompile(`(?is)(PRIMARY KEY|UNIQUE|INDEX\s+\w+\s+ON\s+\w+)\s*\(\s*(\w+)`)
	inline := regexp.MustCompile(`(?im)^\s*(\w+)\s+[^,\n]*(PRIMARY KEY|UNIQUE)\s*,?\s*$`)
	// Keys that span workspaces, by schema and first column.
	apart := map[string]string{
		"event position":              "the stream has one order",
		"event id":                    "an event's id is unique everywhere; subscribers know it again by that",
		"event xact":                  "subscribers read the whole stream in its order",
		"event subscriber":            "a subscriber follows all workspaces",
		"audit tree_index":            "the tree has one order, of all workspaces, so that one checkpoint covers all",
		"audit position":              "a leaf is found by its event's place in the stream",
		"audit place":                 "hashes of the tree are numbered through",
		"audit size":                  "a checkpoint is of the whole tree",
		"audit target":                "an export sends the entries of all workspaces",
		"secret name":                 "keys belong to the installation",
		"access name":                 "users and services belong to the installation, roles to a workspace",
		"access id":                   "a token or session belongs to a principal of the installation",
		"access issuer":               "a person is known by a provider before anything else is known",
		"access hash":                 "a secret is found by its hash before anything else is known",
		"access principal":            "tokens and sessions of a principal are listed and ended in all workspaces",
		"access made_by":              "tokens end with the one that made them, in all workspaces",
		"lineage made":                "what retention took out of events of all workspaces goes from the graph at once",
		"tracking run":                "in which workspace a run is, is found by its id, for files whose path names it",
		"tracking_logged_model model": "in which workspace a logged model is, is found by its id, for files whose path names it",
		"jobs job":                    "River numbers jobs through; Status and Cancel ask for the workspace",
		"idempotency until":           "answers that are too old are cleared away in all workspaces at once",
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
