package inspect

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// savedModels are the folders of ml/savedmodel that begin so.
func savedModels(t *testing.T, prefix string) fstest.MapFS {
	t.Helper()
	root := filepath.Join("..", "..", "..", "..", "ml", "savedmodel", "testdata")
	files := fstest.MapFS{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path)
		if err != nil || d.IsDir() || !strings.HasPrefix(name, prefix) || strings.HasSuffix(name, ".py") {
			return err
		}
		b, err := os.ReadFile(path)
		files[filepath.ToSlash(name)] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatal(prefix, err)
	}
	return files
}

func TestSavedModelsAreClean(t *testing.T) {
	for _, folder := range []string{"plain/", "vocabulary/", "exported/", "keras2/", "frozen.pb"} {
		for name, p := range tree(t, savedModels(t, folder)) {
			if p.Status != pickle.Complete || p.Verdict != pickle.Clean || len(p.Findings) > 0 {
				t.Errorf("%s: %s %s %q %+v", name, p.Status, p.Reason, p.Format, p.Findings)
			}
		}
	}
}

func TestSavedModelsThatReachOut(t *testing.T) {
	find := func(folder, file string, want ...string) {
		t.Helper()
		p := tree(t, savedModels(t, folder))[folder+file]
		var got []string
		for _, f := range p.Findings {
			got = append(got, f.Rule+" "+f.Name+" "+f.Args)
		}
		for _, w := range want {
			if !slices.ContainsFunc(got, func(g string) bool { return strings.Contains(g, w) }) {
				t.Errorf("%s%s: %q is not among %q", folder, file, w, got)
			}
		}
		if p.Verdict < pickle.Suspicious || p.Status != pickle.Complete {
			t.Errorf("%s%s: %s %s", folder, file, p.Verdict, p.Reason)
		}
	}
	find("bad/", "saved_model.pb", "tensorflow-operator ReadFile /etc/passwd", "tensorflow-operator WriteFile /tmp/written", "file:///tmp/printed")
	find("python/", "saved_model.pb", "tensorflow-operator EagerPyFunc")
	find("keras2_lambda/", "keras_metadata.pb", "keras-lambda")
}

func TestGraphsThatReachOut(t *testing.T) {
	node := func(name, op string, inputs []string, attrs ...[]byte) []byte {
		b := slices.Concat(words(1, name), words(2, op))
		for _, i := range inputs {
			b = append(b, words(3, i)...)
		}
		return message(1, b, slices.Concat(attrs...))
	}
	text := func(name, value string) []byte {
		return node(name, "Const", nil, message(5, words(1, "value"), message(2, message(8, number(1, 7), words(8, value)))))
	}
	calls := func(function string) []byte {
		return message(5, words(1, "f"), message(2, message(10, words(1, function))))
	}
	function := func(name, argument string, nodes ...[]byte) []byte {
		b := message(1, words(1, name), message(2, words(1, argument)))
		for _, n := range nodes {
			_, used := uvarint(n[1:])
			b = append(b, message(3, n[1+used:])...)
		}
		return message(2, message(1, b))
	}
	for name, c := range map[string]struct {
		graph []byte
		rule  string
	}{
		"an operator in a function": {slices.Concat(node("x", "Add", nil), function("f", "a", node("r", "ReadFile", []string{"a"}))), "tensorflow-operator"},
		"a checkpoint elsewhere":    {slices.Concat(text("p", "/etc/model"), node("r", "RestoreV2", []string{"p"})), "tensorflow-path"},
		"in a bucket":               {slices.Concat(text("p", "gs://bucket/model"), node("i", "Identity", []string{"p:0"}), node("r", "RestoreV2", []string{"i"})), "tensorflow-path"},
		"by an argument":            {slices.Concat(text("p", "../../model"), node("c", "StatefulPartitionedCall", []string{"p"}, calls("f")), function("f", "prefix", node("s", "SaveV2", []string{"prefix"}))), "tensorflow-path"},
		"a table":                   {slices.Concat(text("p", "words.txt"), node("t", "InitializeTableFromTextFileV2", []string{"h", "p"})), "tensorflow-path"},
		"a foreign operator":        {node("x", "ZeroOutCustom", nil), "tensorflow-unknown-operator"},
		"no such function":          {node("c", "PartitionedCall", nil, calls("f")), "tensorflow-structure"},
	} {
		for kind, b := range map[string][]byte{"graph": c.graph, "meta graph": message(2, c.graph), "saved model": slices.Concat(number(1, 1), message(2, message(2, c.graph)))} {
			p := tree(t, fstest.MapFS{"m": {Data: b}})["m"]
			if len(p.Findings) != 1 || p.Findings[0].Rule != c.rule || p.Format[len(p.Format)-1] != "tensorflow "+kind {
				t.Errorf("%s, %s: %s %s %q %+v", name, kind, p.Verdict, p.Reason, p.Format, p.Findings)
			}
		}
	}
	p := tree(t, fstest.MapFS{"saved_model.pbtxt": {Data: []byte("saved_model_schema_version: 1\nmeta_graphs {\n}\n")}})["saved_model.pbtxt"]
	if p.Status == pickle.Complete {
		t.Error("a saved model as text is complete")
	}
}

// uvarint reads a number and how many bytes it takes.
func uvarint(b []byte) (n uint64, used int) {
	for i, c := range b {
		if n |= uint64(c&0x7f) << (7 * i); c < 0x80 {
			return n, i + 1
		}
	}
	return 0, 0
}

func TestCheckpointsWhoseDataAreCut(t *testing.T) {
	files := savedModels(t, "plain/")
	const data = "plain/variables/variables.data-00000-of-00001"
	files[data] = &fstest.MapFile{Data: files[data].Data[:40]}
	if p := tree(t, files)["plain/variables/variables.index"]; p.Verdict != pickle.Suspicious || p.Findings[0].Rule != "tensorflow-structure" {
		t.Errorf("%s %+v", p.Verdict, p.Findings)
	}
}
