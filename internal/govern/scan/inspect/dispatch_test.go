package inspect

import (
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/ml/pickle"
)

const system = "cposix\nsystem\n(S'id'\ntR."

// TestPlainFiles: bytes that hold no program are known for what they are, though
// most can be read as opcodes for a while.
func TestPlainFiles(t *testing.T) {
	for name, c := range map[string]struct{ data, format string }{
		"customers.csv": {"customer,age\nparis,3\nR,4\n", "text"},
		"prose.txt":     {"Never do this:\n\ncposix\nsystem\n(S'id'\ntR.\n", "text"},
		"lisp.txt":      {"(import foo)\nbar\n", "text"},
		"latin.csv":     {"name\nMüller\nBj\xf6rn\n", "text"},
		"one.txt":       {"6", "text"},
		"config.json":   {`{"lambda": "eval(x)", "layers": [1, 2]}`, "text"},
		"list.json":     {`]}[(`, "text"},
		"wide.txt":      {"\xff\xfea\x00b\x00", "text"},
		"vocab.json":    {`{"\x7f": 1, "a": 2}`, "text"},
		"vocab.txt":     {strings.Repeat("a word\n", 1000) + "\x01\n", "text"},
		"spiece.model":  {"\x0a\x0e\x0a\x05<unk>\x15\x00\x00\x00\x00\x18\x02" + "\x0a\x08\x0a\x01a\x15\x00\x00\x80\x3f" + "\x12\x02\x08\x01", "sentencepiece"},
		"picture.png":   {png("tEXt", "cposix\nsystem\n"), "png"},
		"table.parquet": {"PAR1 cposix\nsystem\n(tR. \x15\x02\x00\x03\x00\x00\x00PAR1", "parquet"},
	} {
		p := tree(t, fstest.MapFS{name: {Data: []byte(c.data)}})[name]
		if p.Status != pickle.Complete || p.Verdict != pickle.Clean || strings.Join(p.Format, " > ") != c.format {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// TestFound: what a reader of the first bytes would run is found whatever else
// the bytes are.
func TestFound(t *testing.T) {
	for name, c := range map[string]struct {
		data, rule string
		verdict    Verdict
	}{
		"notes.txt":     {system, pickle.RuleCall, pickle.Malicious},
		"broken.csv":    {strings.TrimSuffix(system, ".") + "\nand, more, text\n", pickle.RuleCall, pickle.Malicious},
		"imported.txt":  {"cposix\nsystem\nno more of it\n", pickle.RuleImport, pickle.Malicious},
		"behind.bin":    {"\x00\xff\xff\xff" + system, pickle.RuleCall, pickle.Malicious},
		"tool.bin":      {"\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 64), RuleExecutable, pickle.Suspicious},
		"setup.bin":     {"MZ" + strings.Repeat("\x00", 58) + "\x40\x00\x00\x00PE\x00\x00", RuleExecutable, pickle.Suspicious},
		"cache.pyc":     {"\xa7\x0d\x0d\x0a" + strings.Repeat("\x00", 12) + "\xe3\x00\x00", RuleExecutable, pickle.Suspicious},
		"run":           {"#!/bin/sh\nid\n", RuleScript, pickle.Clean},
		"model.bin":     {"#!/bin/sh\nid\n", RuleScript, pickle.Suspicious},
		"model.pth":     {"import os; os.system('id')\n", RuleScript, pickle.Suspicious},
		"paths.pth":     {"../lib\n/usr/lib/python\n", RuleScript, pickle.Clean},
		"__init__.py":   {"import os\n", RuleScript, pickle.Clean},
		"pixel.png.pkl": {"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.", pickle.RuleCall, pickle.Malicious},
	} {
		p := tree(t, fstest.MapFS{name: {Data: []byte(c.data)}})[name]
		if p.Verdict != c.verdict || len(p.Findings) == 0 || p.Findings[0].Rule != c.rule {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// TestNotScanned: what was not understood is not clean.
func TestNotScanned(t *testing.T) {
	noise := make([]byte, 1<<16)
	if _, err := io.ReadFull(draw.Reader(t), noise); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ data, reason string }{
		"model.pt":     {pointerStart + "v1\noid sha256:00\nsize 12345\n", "pointer of Git LFS"},
		"model.bin":    {"", "empty"},
		"weights.bin":  {"\x00" + string(noise), "no format that is known"},
		"opcodes.bin":  {"(" + string(noise), "no format that is known"},
		"proto.txt":    {"\x80\x04" + strings.Repeat("(", 5000), "ends"},
		"control.bin":  {"\x01\x02text", "no format that is known"},
		"pieces.bin":   {"\x0a\x08\x0a\x01a\x15\x00\x00\x80\x3f\x0a\x07\x0a\x01a", "no format that is known"},
		"mz.bin":       {"MZ" + string(noise), "no format that is known"},
		"truncate.pkl": {"\x80\x04]\x94(K\x01", "ends"},
	} {
		p := tree(t, fstest.MapFS{name: {Data: []byte(c.data)}})[name]
		if p.Status != pickle.Inconclusive || p.Verdict != pickle.NotKnown || !strings.Contains(p.Reason, c.reason) {
			t.Errorf("%s: %s, %s: %s %v", name, p.Status, p.Verdict, p.Reason, p.Findings)
		}
	}
	for _, name := range []string{"__init__.py", "train.jsonl", "_SUCCESS", "notes.txt", "part-00000"} {
		if p := tree(t, fstest.MapFS{name: {}})[name]; p.Status != pickle.Complete || p.Verdict != pickle.Clean {
			t.Errorf("empty, and named %s: %+v", name, p)
		}
	}
}
