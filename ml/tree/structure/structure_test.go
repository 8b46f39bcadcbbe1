package structure_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/ml/jsonstream"
	"github.com/tacit-ml/tacit/ml/tree/structure"
	"github.com/tacit-ml/tacit/ml/ubjson"
)

func verify(name string, data []byte) (structure.Report, error) {
	in := bytes.NewReader(data)
	switch filepath.Ext(name) {
	case ".json":
		return structure.XGBoost(jsonstream.NewReader(in, jsonstream.DefaultLimits()))
	case ".ubj":
		return structure.XGBoost(ubjson.NewReader(in, int64(len(data)), jsonstream.DefaultLimits()))
	case ".txt":
		return structure.LightGBM(in)
	}
	return structure.CatBoost(in, int64(len(data)))
}

func models(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("testdata/*_*.*")
	if err != nil || len(files) < 25 {
		t.Fatalf("%d models, %v", len(files), err)
	}
	all := map[string][]byte{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(f)] = data
	}
	return all
}

// TestModels: what the libraries write is sound, to the last byte.
func TestModels(t *testing.T) {
	for name, data := range models(t) {
		r, err := verify(name, data)
		if err != nil || len(r.Faults) > 0 || r.End != int64(len(data)) {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		if linear := name == "xgb_linear.ubj"; (r.Trees == 0) != linear || r.Features == 0 {
			t.Errorf("%s: %d trees of %d features: they were not read", name, r.Trees, r.Features)
		}
	}
}

// TestCut: a model that ends early is none.
func TestCut(t *testing.T) {
	for name, data := range models(t) {
		end := len(data)
		if trees := bytes.Index(data, []byte("end of trees")); trees > 0 {
			end = trees // what follows is not needed
		}
		if r, err := verify(name, data); err == nil && len(r.Raw) > 0 {
			end = int(r.Raw[0][0]) // tables that are passed over
		}
		for _, n := range []int{0, 1, 9, end / 3, end / 2, end - 1} {
			if r, err := verify(name, data[:n]); !errors.Is(err, structure.ErrNot) {
				t.Errorf("%d bytes of %s: %+v, %v", n, name, r, err)
			}
		}
	}
}

func TestUnsoundText(t *testing.T) {
	all := models(t)
	for _, c := range []struct{ model, old, with, fault string }{
		{"xgb_binary.json", `"left_children":[1,`, `"left_children":[0,`, "reaches the node 0 twice"},
		{"xgb_binary.json", `"left_children":[1,`, `"left_children":[9999,`, "names the node 9999"},
		{"xgb_binary.json", `"left_children":[1,`, `"left_children":[-7,`, "names the node"},
		{"xgb_binary.json", `"left_children":[1,`, `"left_children":[1.5,`, "names the node"},
		{"xgb_binary.json", `"left_children":[1,`, `"left_children":["x",`, "has a string"},
		{"xgb_binary.json", `"left_children":[1,`, `"left_children":[-1,`, "one child"},
		{"xgb_binary.json", `"left_children":[1,`, `"left_children":[2,1,`, "differ in length"},
		{"xgb_binary.json", `"split_indices":[0,`, `"split_indices":[77,`, "splits on the feature 77 of 5"},
		{"xgb_binary.json", `"split_indices":[0,`, `"split_indices":[-1,`, "splits on the feature -1"},
		{"xgb_binary.json", `"num_feature":"5","num_target"`, `"num_feature":"-5","num_target"`, "number of features"},
		{"xgb_binary.json", `"split_conditions":[`, `"split_conditions":[NaN,`, "differ in length"},
		{"xgb_binary.json", `"num_trees":"5"`, `"num_trees":"6"`, "says that it has 6 trees"},
		{"xgb_binary.json", `"tree_info":[0,`, `"tree_info":[0,0,`, "tree_info has 6"},
		{"xgb_binary.json", `"tree_info":[0,`, `"tree_info":[-3,`, "output that is none"},
		{"xgb_binary.json", `"name":"gbtree"`, `"name":"gbtree","name":"x"`, "stands twice"},
		{"xgb_binary.json", `"parents":[2147483647,0`, `"parents":[2147483647,3`, "another parent"},
		{"xgb_binary.json", `"trees":[`, `"trees":[{},`, "no nodes"},
		{"xgb_binary.json", `"trees":[`, `"trees":[7,`, "no object"},
		{"xgb_cat_part.json", `"categories_segments":[0`, `"categories_segments":[9999`, "categories of the node"},
		{"xgb_cat_part.json", `"categories_nodes":[`, `"categories_nodes":[99,`, "nodes with categories"},
		{"xgb_vector.json", `"right_children":[2,4,6,8,10,12,14,0,`, `"right_children":[2,4,6,8,10,12,14,8,`, "values 8 of 8"},
		{"lgb_binary.txt", "left_child=1 ", "left_child=0 ", "twice"},
		{"lgb_binary.txt", "left_child=1 ", "left_child=88 ", "names the node 88"},
		{"lgb_binary.txt", "left_child=1 ", "left_child=-88 ", "leaf is out of range"},
		{"lgb_binary.txt", "left_child=1 ", "left_child=x ", "has \"x\""},
		{"lgb_binary.txt", "left_child=1 ", "left_child=1 2 ", "entries for"},
		{"lgb_binary.txt", "split_feature=0", "split_feature=5", "splits on the feature 5 of 5"},
		{"lgb_binary.txt", "threshold=", "threshold=nan ", "entries for"},
		{"lgb_binary.txt", "num_leaves=7", "num_leaves=99", "values for 99 leaves"},
		{"lgb_binary.txt", "num_leaves=7", "num_leaves=-1", "num_leaves is \"-1\""},
		{"lgb_binary.txt", "leaf_value=", "leaf_value=nan ", "8 values"},
		{"lgb_binary.txt", "tree_sizes=", "tree_sizes=1 ", "tree_sizes says"},
		{"lgb_binary.txt", "max_feature_idx=4", "max_feature_idx=3", "feature_names for 4"},
		{"lgb_binary.txt", "max_feature_idx=4", "max_feature_idx=99999999999999", "max_feature_idx is"},
		{"lgb_binary.txt", "num_class=1\n", "num_class=1\nnum_class=2\n", "stands twice"},
		{"lgb_binary.txt", "num_class=1\n", "num_class=1\nparser=evil.so\n", "parser of its own"},
		{"lgb_binary.txt", "[parser_config_file: ]", "[parser_config_file: evil.json]", "parser of its own"},
		{"lgb_cat.txt", "cat_boundaries=0 ", "cat_boundaries=1 ", "cat_boundaries"},
		{"lgb_cat.txt", "cat_threshold=", "cat_threshold=1 2 3 ", "words"},
		{"lgb_linear.txt", "leaf_features=", "leaf_features=99 ", "of them are named"},
	} {
		text := string(all[c.model])
		if !strings.Contains(text, c.old) {
			t.Errorf("%s has no %s", c.model, c.old)
			continue
		}
		r, err := verify(c.model, []byte(strings.Replace(text, c.old, c.with, 1)))
		found := false
		for _, f := range r.Faults {
			found = found || strings.Contains(f.What, c.fault)
		}
		if err != nil || !found {
			t.Errorf("%s with %s: %+v, %v", c.model, c.with, r.Faults, err)
		}
	}
}

// TestUnsoundBytes: of each integer of a cbm's core that is made great, either
// the model is found unsound or it is no part of the trees.
func TestUnsoundBytes(t *testing.T) {
	for _, name := range []string{"cb_binary.cbm", "cb_lossguide.cbm", "cb_multi.cbm"} {
		data := models(t)[name]
		found := 0
		for i := 4; i+4 <= len(data); i += 4 {
			broken := bytes.Clone(data)
			binary.LittleEndian.PutUint32(broken[i:], 0x7fffff00)
			if r, err := verify(name, broken); err != nil || len(r.Faults) > 0 {
				found++
			}
		}
		if found < 60 {
			t.Errorf("%s: %d integers matter", name, found)
		}
	}
}

func FuzzXGBoost(f *testing.F) {
	for name, data := range models(f) {
		if ext := filepath.Ext(name); ext == ".json" || ext == ".ubj" {
			f.Add(ext == ".ubj", data)
		}
	}
	f.Fuzz(func(t *testing.T, binary bool, data []byte) {
		name := "a.json"
		if binary {
			name = "a.ubj"
		}
		r, err := verify(name, data)
		within(t, r, err, data)
	})
}

func FuzzLightGBM(f *testing.F) {
	for name, data := range models(f) {
		if filepath.Ext(name) == ".txt" {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := verify("a.txt", data)
		within(t, r, err, data)
	})
}

func FuzzCatBoost(f *testing.F) {
	for name, data := range models(f) {
		if filepath.Ext(name) == ".cbm" {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := verify("a.cbm", data)
		within(t, r, err, data)
	})
}

func within(t *testing.T, r structure.Report, err error, data []byte) {
	t.Helper()
	if r.End > int64(len(data)) || len(r.Faults) > 100 {
		t.Fatalf("%+v, %v of %d bytes", r, err, len(data))
	}
}
