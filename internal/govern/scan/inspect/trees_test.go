package inspect

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// boosted are the models that the libraries wrote.
func boosted(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../../../../ml/tree/structure/testdata/*_*.*")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d models, %v", len(files), err)
	}
	all := map[string][]byte{}
	for _, file := range files {
		if all[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestBoostedTrees(t *testing.T) {
	formats := map[string]string{"xgb_.json": "xgboost json", "xgb_.ubj": "xgboost ubj", "lgb_.txt": "lightgbm", "cb_.cbm": "catboost"}
	folder := fstest.MapFS{}
	for name, data := range boosted(t) {
		folder["whole/"+name] = &fstest.MapFile{Data: data}
		folder["renamed/"+name+"/model.bin"] = &fstest.MapFile{Data: data}
		folder["cut/"+name] = &fstest.MapFile{Data: data[:len(data)/8]}
	}
	for name, p := range tree(t, folder) {
		if strings.HasPrefix(name, "cut/") {
			if p.Verdict == pickle.Clean {
				t.Errorf("%s, a piece, is clean", name)
			}
			continue
		}
		base := strings.Split(name, "/")[1]
		prefix, _, _ := strings.Cut(base, "_")
		if p.Status != pickle.Complete || p.Verdict != pickle.Clean || len(p.Findings) > 0 || p.Format[0] != formats[prefix+"_"+filepath.Ext(base)] {
			t.Errorf("%s: %s %s %v %v", name, p.Status, p.Reason, p.Format, p.Findings)
		}
	}
}

func TestBoostedTreesThatAreNotSound(t *testing.T) {
	all := boosted(t)
	for name, c := range map[string]struct{ old, with string }{
		"xgb_binary.json": {`"left_children":[1,`, `"left_children":[0,`},
		"xgb_binary.ubj":  {"left_children[$l#L\x00\x00\x00\x00\x00\x00\x00\x0f\x00\x00\x00\x01", "left_children[$l#L\x00\x00\x00\x00\x00\x00\x00\x0f\x00\x00\x00\x00"},
		"lgb_binary.txt":  {"left_child=1 ", "left_child=0 "},
	} {
		if !bytes.Contains(all[name], []byte(c.old)) {
			t.Errorf("%s has no %q", name, c.old)
		}
		p := tree(t, fstest.MapFS{"model": {Data: bytes.Replace(all[name], []byte(c.old), []byte(c.with), 1)}})["model"]
		if p.Status != pickle.Complete || p.Verdict != pickle.Suspicious || p.Findings[0].Rule != RuleTreeStructure || p.Findings[0].Severity != pickle.High {
			t.Errorf("%s: %+v", name, p)
		}
	}
	p := tree(t, fstest.MapFS{"model": {Data: append(bytes.Clone(all["xgb_binary.ubj"]), system...)}})["model"]
	if p.Status != pickle.Inconclusive || p.Verdict == pickle.Clean || len(p.Findings) == 0 {
		t.Errorf("bytes behind a model: %+v", p)
	}
	padded := strings.Replace(strings.Replace(string(all["lgb_binary.txt"]), "tree\n", "tree\npadding="+strings.Repeat("x", 2*headBytes)+"\n", 1), "left_child=1 ", "left_child=0 ", 1)
	if p := tree(t, fstest.MapFS{"model": {Data: []byte(padded)}})["model"]; len(p.Findings) == 0 || p.Findings[0].Rule != RuleTreeStructure {
		t.Errorf("a model with a long line in front: %+v", p)
	}
	for _, text := range []string{"tree\n\nis a plant\n", `{"learner":"Ada"}`, `{"learner":{"generic_param":{}}}`, `{"learner":[1,`} {
		if p := tree(t, fstest.MapFS{"a.json": {Data: []byte(text)}})["a.json"]; p.Verdict != pickle.Clean || len(p.Findings) > 0 {
			t.Errorf("%s, which is no model: %+v", text, p)
		}
	}
	for _, name := range []string{"model.bst", "model.ubj", "model.cbm", "model.txt", "model.json"} {
		if p := tree(t, fstest.MapFS{name: {Data: []byte(system)}})[name]; p.Verdict != pickle.Malicious {
			t.Errorf("a pickle as %s: %+v", name, p)
		}
	}
}
