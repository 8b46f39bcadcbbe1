package data

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/internal/develop/dataset/datasettest"
	"github.com/tacit-ml/tacit/internal/foundation/lake/duckdb"
)

// twoVersions is a working copy with a table and a folder of tables in two commits, and a
// remote with the first.
func twoVersions(t *testing.T) {
	t.Helper()
	if !duckdb.Linked() {
		t.Skip("this program was built without DuckDB")
	}
	root := t.TempDir()
	t.Chdir(root)
	datasettest.Git(t, root, "init", "-q")
	do := func(args ...string) {
		t.Helper()
		if code, _, errs := run(t, false, "", args...); code != 0 {
			t.Fatalf("%q: %d, %s", args, code, errs)
		}
	}
	do("init", "-q")
	do("remote", "add", "-q", "-d", "near", t.TempDir())
	for i, text := range []string{"id,v\n1,a\n2,b\n2x,\n", "id,v\n1,a\n2,\n3,c\n3,c\n"} {
		datasettest.Write(t, "t.csv", text)
		datasettest.Write(t, "folder/part.csv", strings.Replace(text, "2x", "4", 1))
		do("add", "-q", "t.csv", "folder")
		datasettest.Git(t, root, "add", "-A")
		datasettest.Git(t, root, "commit", "-qm", "v")
		if i == 0 {
			do("push", "-q")
		}
	}
}

// TestRows: the rows of two versions are compared, of a file and of one in a folder, with what is in the working copy
// or another revision, also where the former version is in the remote alone.
func TestRows(t *testing.T) {
	twoVersions(t)
	code, out, errs := run(t, false, "", "diff", "HEAD~1", "HEAD", "--rows", "--targets", "t.csv")
	want := "t.csv: HEAD~1 → HEAD, rows as they are\n  3 rows before, 4 after\n  3 added, 2 removed, 1 same\n" +
		"  columns of another type, compared as numbers or as they are written: id\n  + id=2  v=∅\n  - id=2  v=b\n  - id=2x  v=∅\n  + id=3  v=c  (2 times)\n"
	if code != 0 || out != want || errs != "" {
		t.Errorf("%d, %s%s", code, out, errs)
	}
	datasettest.Must(t, os.RemoveAll(".dvc/cache"))
	datasettest.Write(t, "folder/part.csv", "id,v\n1,z\n2,b\n5,\"\"\n")
	code, out, errs = run(t, false, "", "diff", "HEAD~1", "--rows", "--key", "id", "--targets", "folder/part.csv", "--json")
	var told []struct {
		Path           string
		Added, Removed int
		Changed        int
		ChangedIn      map[string]int `json:"changed_in"`
		Examples       []struct {
			Change        string
			Before, After map[string]*string
		}
		Truncated bool
	}
	if err := json.Unmarshal([]byte(out), &told); code != 0 || err != nil || len(told) != 1 {
		t.Fatalf("%d, %v, %s%s", code, err, out, errs)
	}
	d := told[0]
	if d.Path != "folder/part.csv" || d.Added != 1 || d.Removed != 1 || d.Changed != 1 || d.ChangedIn["v"] != 1 || len(d.Examples) != 3 || d.Truncated {
		t.Errorf("%+v", d)
	}
	if e := d.Examples[0]; e.Change != "changed" || *e.Before["v"] != "a" || *e.After["v"] != "z" {
		t.Errorf("%+v", e)
	}
}

// TestRowsThatCannotBeCompared are refused with what is missing, and change nothing.
func TestRowsThatCannotBeCompared(t *testing.T) {
	twoVersions(t)
	datasettest.Write(t, "text", "Dear all,\n\nno rows.\n")
	for line, want := range map[string]string{
		"diff --rows":                                "--rows wants the file",
		"diff --key id":                              "--key names the rows of --rows",
		"diff --rows --targets folder":               "'folder' is no file",
		"diff --rows --targets folder/none.csv":      "'folder/none.csv' is no file",
		"diff HEAD~1 HEAD --rows --targets folder":   "'folder' is no file at HEAD~1",
		"diff --rows --targets none.csv":             "'none.csv' does not exist",
		"diff nowhere --rows --targets t.csv":        "unknown Git revision 'nowhere'",
		"diff --rows --targets t.csv --key nothing":  `There is no column "nothing" in both files.`,
		"diff HEAD --rows --key id --targets t.csv":  "id is no key of t.csv at HEAD: 2 rows have \"3\".",
		"diff --rows --targets text":                 "'text' does not exist",
		"diff --rows --md --targets t.csv":           "--md is of files, and can't be used with --rows",
		"diff --rows --show-hash --targets t.csv":    "--show-hash is of files",
		"diff --rows --targets t.csv --hide-missing": "--hide-missing is of files",
	} {
		if code, out, errs := run(t, false, "", strings.Fields(line)...); code != 1 || !strings.Contains(errs, want) || out != "" {
			t.Errorf("%s: %d, %s%s", line, code, out, errs)
		}
	}
	// What is nowhere is named.
	datasettest.Must(t, os.RemoveAll(".dvc/cache"))
	code, _, errs := run(t, false, "", "diff", "HEAD", "HEAD~1", "--rows", "--targets", "t.csv")
	if code != 1 || !strings.Contains(errs, "of 't.csv' at HEAD is not in the cache, and cannot be fetched") || !strings.Contains(errs, "hint:") {
		t.Errorf("%d, %s", code, errs)
	}
}

// TestNamesOfColumnsStayTexts: what a table's heading has for a terminal does not reach it.
func TestNamesOfColumnsStayTexts(t *testing.T) {
	twoVersions(t)
	datasettest.Write(t, "t.csv", "\x1b[31mid\x1b[0m,\u202ev,\u009b2J\n1,a,\u009b2J\n")
	code, out, errs := run(t, false, "", "diff", "HEAD", "--rows", "--targets", "t.csv")
	if code != 0 || strings.ContainsAny(out+errs, "\x1b\u202e\u009b") || !strings.Contains(out, `new columns, not compared: "\x1b[31mid\x1b[0m"`) {
		t.Errorf("%d, %q%q", code, out, errs)
	}
}

// TestWhereLongValuesDiffer: a row that changed says in what, however late in a value that is.
func TestWhereLongValuesDiffer(t *testing.T) {
	twoVersions(t)
	long := strings.Repeat("long ", 40)
	datasettest.Write(t, "t.csv", "id,v\n1,"+long+"é before\n")
	if code, _, errs := run(t, false, "", "add", "-q", "t.csv"); code != 0 {
		t.Fatal(errs)
	}
	datasettest.Git(t, ".", "commit", "-qam", "long")
	datasettest.Write(t, "t.csv", "id,v\n1,"+long+"é after\n")
	code, out, errs := run(t, false, "", "diff", "HEAD", "--rows", "--targets", "t.csv", "--key", "id")
	if code != 0 || !strings.Contains(out, "long é before → …") || !strings.Contains(out, "long é after\n") {
		t.Errorf("%d, %s%s", code, out, errs)
	}
}
