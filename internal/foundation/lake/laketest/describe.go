package laketest

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/lake"
)

func itoa(n int) string { return strconv.Itoa(n) }

// told is a description in one line: format, delimiter, header, rows, columns.
func told(d lake.Description) string {
	s := string(d.Format)
	if d.Layout != nil {
		s += fmt.Sprintf(" %q %t %s", d.Layout.Delimiter, d.Layout.Header, d.Layout.Packing)
	}
	s += fmt.Sprintf(" %d rows", d.Rows)
	for _, c := range d.Columns {
		s += fmt.Sprintf(" %q:%s", c.Name, c.Kind)
	}
	return s
}

// described are files, and what is told of them.
func described() map[string][2]string {
	late := "a,b\n" + strings.Repeat("1,2\n", 30_000) + "x,2.5\n"
	return map[string][2]string{
		"people.csv":       {people, `csv ',' true none 4 rows "id":int "name":text "height":float "born":date "seen":time "member":bool`},
		"empty.csv":        {"", `csv ',' true none 0 rows`},
		"blank.csv":        {"\xef\xbb\xbf \n", `csv ',' true none 0 rows`},
		"header.csv":       {"a,b", `csv ',' true none 0 rows "a":text "b":text`},
		"header-end.csv":   {"a,b\r\n", `csv ',' true none 0 rows "a":text "b":text`},
		"none.csv":         {"1,2\n3,4\n", `csv ',' false none 2 rows "column0":int "column1":int`},
		"one.csv":          {"a\n1\n2\n", `csv ',' true none 2 rows "a":int`},
		"semicolon.csv":    {"a;b\n1;1,5\n2;2,5\n", `csv ';' true none 2 rows "a":int "b":text`},
		"tab.tsv":          {"a\tb\n1\tx, y, z\n", `csv '\t' true none 1 rows "a":int "b":text`},
		"pipe.txt":         {"a|b\n1|2\n", `csv '|' true none 1 rows "a":int "b":int`},
		"bom.csv":          {"\xef\xbb\xbfa,b\n1,2\n", `csv ',' true none 1 rows "a":int "b":int`},
		"twice.csv":        {"a,A,,a,a_1\n1,2,3,4,5\n", `csv ',' true none 1 rows "a":int "A_1":int "column2":int "a_2":int "a_1_1":int`},
		"quoted.csv":       {"a,\"b\n\"\"c\"\"\"\n1,\"x\r\n,y\"\n", "csv ',' true none 1 rows \"a\":int \"b\\n\\\"c\\\"\":text"},
		"crlf.csv":         {"a,b\r\n1,\"2\"\r\n3,4\r\n", `csv ',' true none 2 rows "a":int "b":int`},
		"codes.csv":        {"a,b,c,d\n007,1e400,12345678901234567890,1_000\n1,-0,1,2\n", `csv ',' true none 2 rows "a":text "b":float "c":text "d":text`},
		"times.csv":        {"a,b,c\n2026-01-01T00:00:00+02:00,2026-13-01,10:00\n", `csv ',' true none 1 rows "a":text "b":text "c":text`},
		"late.csv":         {late, `csv ',' true none 30001 rows "a":text "b":float`},
		"missing.csv":      {"a,b\n,1\n\"\",2\n", `csv ',' true none 2 rows "a":text "b":int`},
		"lines.jsonl":      {"{\"a\":1,\"b\":{\"c\":[1,2]},\"d\":\"x\"}\n{\"a\":2.5,\"e\":true,\"d\":null}\n", `jsonl 2 rows "a":float "b":json "d":text "e":bool`},
		"no-ending":        {"{\"a\":1}\n", `jsonl 1 rows "a":int`},
		"other no-ending":  {"a,b\n1,2\n", `csv ',' true none 1 rows "a":int "b":int`},
		"it's \"[1]*?.csv": {"a\n1\n", `csv ',' true none 1 rows "a":int`},
	}
}

func describe(t *testing.T, s *lake.Store) {
	for name, c := range described() {
		path := file(t, name, c[0])
		for range 2 {
			d, err := s.Describe(context.Background(), lake.Source{Path: path}, lake.Limits{})
			if err != nil {
				t.Errorf("%s: %v", name, err)
			} else if diff := cmp.Diff(c[1], told(d)); diff != "" || d.Bytes != int64(len(c[0])) {
				t.Errorf("%s, %d bytes (-want +got):\n%s", name, d.Bytes, diff)
			}
		}
	}
	d, err := s.Describe(context.Background(), lake.Source{Path: file(t, "x.csv", "1,2\n"), Layout: &lake.Layout{Header: true}}, lake.Limits{})
	if err != nil || told(d) != `csv ',' true none 0 rows "1":text "2":text` {
		t.Errorf("a header that is said to be one: %s, %v", told(d), err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(people))
	_ = z.Close()
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for packing, content := range map[lake.Packing][]byte{lake.Gzip: packed.Bytes(), lake.Zstd: encoder.EncodeAll([]byte(people), nil)} {
		path := file(t, "people.csv.packed", string(content))
		d, err := s.Describe(context.Background(), lake.Source{Path: path, Format: lake.CSV}, lake.Limits{})
		if want := strings.Replace(described()["people.csv"][1], "none", string(packing), 1); err != nil || told(d) != want {
			t.Errorf("%s: got %s, %v, want %s", packing, told(d), err, want)
		}
		if got := ask(t, s, lake.Query{SQL: "SELECT id FROM p WHERE name = 'Ada'", Sources: map[string]lake.Source{"p": d.Source(path)}}); !cmp.Equal(got, []string{"1"}) {
			t.Errorf("%s: got %v", packing, got)
		}
	}
	describeParquet(t, s)
}

type nested struct {
	ID    int64            `parquet:"id"`
	Name  *string          `parquet:"name"`
	Tags  []string         `parquet:"tags,list"`
	Where place            `parquet:"where"`
	More  map[string]int64 `parquet:"more"`
	Raw   []byte           `parquet:"raw"`
}

type place struct {
	Lat, Lon float64
}

func describeParquet(t *testing.T, s *lake.Store) {
	path := filepath.Join(t.TempDir(), "nested") // what it is is known by its beginning
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	name := "x"
	if err := parquet.Write(out, []nested{{1, &name, []string{"a", "b"}, place{1.5, -2}, map[string]int64{"k": 1}, []byte{0, 255}}, {ID: 2}}); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := s.Describe(context.Background(), lake.Source{Path: path}, lake.Limits{})
	if want := `parquet 2 rows "id":int "name":text "tags":json "where":json "more":json "raw":bytes`; err != nil || told(d) != want {
		t.Fatalf("got %s, %v, want %s", told(d), err, want)
	}
	got := ask(t, s, lake.Query{SQL: `SELECT * FROM p ORDER BY id`, Sources: map[string]lake.Source{"p": d.Source(path)}})
	if want := []string{`1 x ["a","b"] {"Lat":1.5,"Lon":-2.0} {"k":1} 00ff`, `2 ∅ [] {"Lat":0.0,"Lon":0.0} {} `}; !cmp.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// Each byte of the texts is changed in turn: that must be told, and not end the
	// process.
	for i := range whole {
		changed := bytes.Clone(whole)
		changed[i] ^= 1
		if err := os.WriteFile(path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		err := lake.CheckParquet(path)
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatalf("byte %d: got %v", i, err)
		}
		if i < bytes.Index(whole, []byte("Lat")) && i%7 == 0 {
			if _, err := lake.All(s.Query(context.Background(), lake.Query{SQL: "SELECT * FROM p", Sources: map[string]lake.Source{"p": {Path: path}}})); err != nil && !fault.Is(err, fault.Invalid) {
				t.Fatalf("byte %d: got %v", i, err)
			}
		}
	}
	for name, content := range map[string][]byte{"cut": whole[:len(whole)-9], "short": whole[:6], "not.parquet": []byte("hello, world")} {
		path := file(t, name, string(content))
		if _, err := s.Describe(context.Background(), lake.Source{Path: path}, lake.Limits{}); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.Sentence(err), path) {
			t.Errorf("%s: got %v, want it refused by name", name, err)
		}
	}
}

// broken files are refused by name and line.
func broken(t *testing.T, s *lake.Store) {
	late := "a,b\n" + strings.Repeat("1,2\n", 50_000)
	for name, c := range map[string][2]string{
		"more.csv":      {"a,b\n1,2\n3,4,5\n6,7\n", "line 3"},
		"fewer.csv":     {"a,b\n1,2\n1\n", "line 3"},
		"late.csv":      {late + "3,4,5\n", "line 50002"},
		"open.csv":      {"a,b\n1,\"x\n", "line 2"},
		"ragged.csv":    {"a,b\n1,2,3\n4\n", "row 1 has 2 columns, row 2 has 3"},
		"ragged ;":      {"a;b\n1;2;3\n4;5;6\n7;8\n4\n", "row 1 has 2 columns, row 2 has 3"},
		"long.csv":      {"a,b\n1,2\n3," + strings.Repeat("x", lake.MaxRow) + "\n", "at line 3: this row has more than 2000000 bytes"},
		"longer.csv.gz": {packed("a,b\n1,2\n3," + strings.Repeat("x", 20*lake.MaxRow) + "\n"), "at line 3: this row has more than 2000000 bytes"},
		"longer.csv":    {"a,b\n1,2\n3," + strings.Repeat("x", 20*lake.MaxRow) + "\n", "at line 3: this row has more than 2000000 bytes"},
		"latin.csv":     {"a,b\n1,2\n3,\xff\xfe\n", "line 3"},
		"latin head":    {"\xe9,b\n1,2\n", "1"},
		"ends.csv":      {"a,b\r\n1,2\r\n3,4\n", "line 3"},
		"utf16.csv":     {"\xff\xfea\x00,\x00b\x00", "UTF-16"},
		"torn.csv.gz":   {"\x1f\x8b\x08\x00\x00", "gzip"},
		"torn.jsonl":    {"{\"a\":1}\n{\"a\":\n", "line"},
		"no-json.jsonl": {"{\"a\":1}\nhello\n", "line 2"},
	} {
		path := file(t, name, c[0])
		for what, try := range map[string]func() error{
			"describe": func() error {
				_, err := s.Describe(context.Background(), lake.Source{Path: path}, lake.Limits{})
				return err
			},
			"query": func() error {
				_, err := lake.All(s.Query(context.Background(), lake.Query{SQL: "SELECT * FROM p", Sources: map[string]lake.Source{"p": {Path: path}}}))
				return err
			},
		} {
			err := try()
			if text := fault.Sentence(err); !fault.Is(err, fault.Invalid) || !strings.Contains(text, path) || !strings.Contains(text, c[1]) {
				t.Errorf("%s of %s: got %v (%s), want the file and %q", what, name, err, text, c[1])
			}
		}
	}
	if _, err := s.Describe(context.Background(), lake.Source{Path: filepath.Join(t.TempDir(), "nothing")}, lake.Limits{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a file that is not there: got %v", err)
	}
	if _, err := s.Describe(context.Background(), lake.Source{Path: t.TempDir()}, lake.Limits{}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a folder: got %v", err)
	}
}

// fileNames are names that would mean something in SQL or to a shell.
func fileNames(t *testing.T, s *lake.Store) {
	for _, name := range []string{"it's.csv", `"quoted".csv`, "new\nline.csv", "st*r.csv", "[ab].csv", "{a}.csv", "emoji 🙂.csv", "not utf-8 \xff.csv", "%41.csv", "~.csv", "a=b.csv", "$1.csv"} {
		path := file(t, name, "a\n1\n")
		d, err := s.Describe(context.Background(), lake.Source{Path: path}, lake.Limits{})
		if err != nil || d.Rows != 1 {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// packed is a text as gzip packs it.
func packed(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return b.String()
}
