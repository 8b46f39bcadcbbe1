package lake

import "testing"

func TestIsTable(t *testing.T) {
	for text, want := range map[string]Format{
		"a,b\n1,2\n":                             CSV,
		"a;b\n1;2":                               CSV,
		"a,b\n1,\"x\n,y\"\n":                     CSV,
		"\xef\xbb\xbfa\tb\n1\té\n":               CSV,
		"{\"a\":1}\n{\"a\":2}\n":                 JSONLines,
		"Dear all,\n\nthis is a text, mostly.\n": "",
		"a\n1\n":                                 "",
		"a,b\n":                                  "",
		"a,b\n1\n":                               "",
		"a,b\n1,\x00\n":                          "",
		"a,b\n1,\xff\n":                          "",
		"{\"a\":1}":                              "",
		"{\n  \"a\": 1,\n  \"b\": 2\n}\n":        "",
		"":                                       "",
	} {
		got := Format("")
		for _, f := range []Format{CSV, JSONLines} {
			if f == formatOf("x", []byte(text)) && IsTable(f, []byte(text)) {
				got = f
			}
		}
		if got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestFormatNamed(t *testing.T) {
	for name, want := range map[string]Format{"a.csv": CSV, "b/A.TSV.gz": CSV, "x.jsonl.zst": JSONLines, "x.pq": Parquet, "x.json": "", "x.txt": "", "csv": "", "": ""} {
		if got := FormatNamed(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
