package fix_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/fix"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	"github.com/tacit-ml/tacit/ml/pickle"
	"github.com/tacit-ml/tacit/ml/skops"
	"github.com/tacit-ml/tacit/ml/tree"
)

var vetting = sync.OnceValues(func() (*pickle.Vetting, error) { return pickle.NewVetting("") })

func made(t *testing.T, data []byte, form fix.Form) (*fix.Made, error) {
	t.Helper()
	v, err := vetting()
	if err != nil {
		t.Fatal(err)
	}
	return fix.Fix(bytes.NewReader(data), int64(len(data)), form, v, 1)
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const forest = "../../../../ml/sklearn/testdata/1.9.1/forest.pkl"

// evil calls the operating system and drops what it gives.
const evil = "cposix\nsystem\n(Vid\ntR0"

// TestFix: the model is written and proved, and what it stood beside is told.
func TestFix(t *testing.T) {
	t.Parallel()
	data := fixture(t, forest)
	plain, err := made(t, data, fix.Skops)
	if err != nil {
		t.Fatal(err)
	}
	branched, err := made(t, append([]byte(evil), data...), fix.Skops)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(plain.Bytes, branched.Bytes) || len(plain.LeftOut) != 0 || len(branched.LeftOut) != 1 || branched.LeftOut[0] != (fix.Left{What: "posix.system('id')", At: 20}) {
		t.Errorf("left out: %+v", branched.LeftOut)
	}
	p := plain.Proof
	if p.Rows < 1000 || !p.Missing || p.Leaves == nil || p.Leaves.Reached != p.Leaves.Of || p.Leaves.Of == 0 || len(p.Outputs) != 2 || p.Outputs[0].SHA256 == p.Outputs[1].SHA256 {
		t.Errorf("the proof: %+v", p)
	}
	if again, err := made(t, data, fix.Skops); err != nil || again.SHA256 != plain.SHA256 || again.Proof.Inputs != p.Inputs {
		t.Errorf("a second fix is another, %v", err)
	}
	if _, err := skops.Load(bytes.NewReader(plain.Bytes), int64(plain.Size)); err != nil {
		t.Error(err)
	}
}

// TestBoosters: those of XGBoost are their own JSON.
func TestBoosters(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"classifier", "regressor", "booster"} {
		m, err := made(t, fixture(t, "testdata/"+name+".pkl"), fix.JSON)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m.Proof.Leaves.Reached != m.Proof.Leaves.Of || m.Proof.Leaves.Of < 8 || len(m.Proof.Outputs) != 2 || m.Model.Features != 3 {
			t.Errorf("%s: %+v", name, m.Proof)
		}
		if _, err := tree.ReadXGBoost(bytes.NewReader(m.Bytes)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTexts: boosters of LightGBM are their own text.
func TestTexts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"binary", "multiclass"} {
		folder := "../../../../ml/lightgbm/testdata/" + name
		m, err := made(t, fixture(t, folder+".pkl"), fix.Text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if l := m.Proof.Leaves; l.Of < 20 || l.Reached != l.Of || len(m.Proof.Outputs) != 2 || len(m.LeftOut) != 0 || m.Model.Features != 4 {
			t.Errorf("%s: %+v, %+v, %+v", name, l, m.Proof, m.LeftOut)
		}
		trees, _, _ := bytes.Cut(m.Bytes, []byte("end of trees"))
		if !bytes.HasPrefix(fixture(t, folder+".txt"), trees) {
			t.Errorf("%s: the trees are not those that LightGBM saves", name)
		}
	}
}

// TestRefusals: nothing is made, and the reason and a remedy are told.
func TestRefusals(t *testing.T) {
	t.Parallel()
	wrapper := fixture(t, "testdata/classifier.pkl")
	for name, c := range map[string]struct {
		data []byte
		form fix.Form
		want string
	}{
		"a class":           {[]byte("\x80\x02csklearn.neighbors\nKNeighborsClassifier\n)\x81}b."), fix.Skops, "sklearn.neighbors.KNeighborsClassifier"},
		"a call":            {[]byte("cposix\nsystem\n(Vid\ntR."), fix.Skops, "posix.system('id')"},
		"not fitted":        {[]byte("\x80\x02csklearn.linear_model._base\nLinearRegression\n)\x81}b."), fix.Skops, "LinearRegression"},
		"no object":         {[]byte("\x80\x02K\x01."), fix.Skops, "no object"},
		"a zip":             {[]byte("PK\x03\x04"), fix.Skops, "zip"},
		"nothing":           {nil, fix.Skops, "cannot be read"},
		"XGBoost as skops":  {wrapper, fix.Skops, "XGBoost's"},
		"trees as JSON":     {fixture(t, forest), fix.JSON, "no model of XGBoost"},
		"three classes":     {fixture(t, "testdata/three.pkl"), fix.JSON, "a kind that is not predicted here"},
		"trees as text":     {fixture(t, forest), fix.Text, "no model of LightGBM"},
		"text as JSON":      {fixture(t, "../../../../ml/lightgbm/testdata/binary.pkl"), fix.JSON, "no model of XGBoost"},
		"text as skops":     {fixture(t, "../../../../ml/lightgbm/testdata/binary.pkl"), fix.Skops, "LightGBM's"},
		"an escape":         {[]byte("\x80\x02csklearn.\x1b[31m\nSVC\n)\x81}b."), fix.Skops, "sklearn.\ufffd[31m.SVC"},
		"XGBoost's method":  {[]byte("\x80\x02cxgboost.sklearn\nXGBClassifier\n)\x81}X\x07\x00\x00\x00predictK\x01sb."), fix.JSON, `"predict" in place`},
		"its booster's":     {[]byte("\x80\x02cxgboost.sklearn\nXGBClassifier\n)\x81}X\x08\x00\x00\x00_Boostercxgboost.core\nBooster\n)\x81}X\x0f\x00\x00\x00inplace_predictK\x01sbsb."), fix.JSON, `"inplace_predict" in place`},
		"LightGBM's method": {[]byte("\x80\x02clightgbm.sklearn\nLGBMClassifier\n)\x81}X\x07\x00\x00\x00predictK\x01sb."), fix.Text, `"predict" in place`},
		"a broken booster":  {bytes.Replace(wrapper, []byte("learner"), []byte("lesrner"), -1), fix.JSON, "is not read"},
	} {
		m, err := made(t, c.data, c.form)
		if err == nil || !fault.Is(err, fault.Unsupported) || !strings.Contains(fault.Sentence(err)+err.Error(), c.want) {
			t.Errorf("%s: made: %v, %v", name, m != nil, err)
		}
	}
}

// TestHonestModelsAreClean: what scikit-learn and LightGBM wrote is clean before it is fixed, and
// what is made of it as well.
func TestHonestModelsAreClean(t *testing.T) {
	t.Parallel()
	s, err := scan.NewScanner(scan.ScannerConfig{Engine: "test", Now: time.Now, Budget: inspect.DefaultBudget()})
	if err != nil {
		t.Fatal(err)
	}
	clean := func(r *scan.Report) {
		for _, a := range r.Artifacts {
			if a.Verdict != "clean" || a.Status != "complete" {
				t.Errorf("%s: %s, %s %s, %+v", a.Path, a.Verdict, a.Status, a.Reason, a.Findings)
			}
		}
	}
	for _, folder := range []string{"../../../../ml/sklearn/testdata", "../../../../ml/lightgbm/testdata", "testdata"} {
		r, err := s.Tree(t.Context(), folder, os.DirFS(folder))
		if err != nil || len(r.Artifacts) < 4 {
			t.Errorf("%s: %d files, %v", folder, len(r.Artifacts), err)
		}
		clean(r)
	}
	files, err := filepath.Glob("../../../../ml/sklearn/testdata/*/*.pkl")
	if err != nil || len(files) < 100 {
		t.Fatalf("%d models, %v", len(files), err)
	}
	for _, name := range files {
		m, err := made(t, fixture(t, name), fix.Skops)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		source, err := inspect.NewSource(name, bytes.NewReader(m.Bytes), int64(m.Size), nil)
		if err != nil {
			t.Fatal(err)
		}
		clean(s.File(t.Context(), source))
	}
}

// FuzzFix: whatever a pickle says of its model, a fix ends in a file or a reason.
func FuzzFix(f *testing.F) {
	for _, pattern := range []string{"../../../../ml/sklearn/testdata/1.9.1/*.pkl", "testdata/*.pkl", "../../../../ml/lightgbm/testdata/*.pkl"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(pattern, err)
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	v, err := vetting()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, form := range []fix.Form{fix.Skops, fix.JSON, fix.Text} {
			m, err := fix.Fix(bytes.NewReader(data), int64(len(data)), form, v, 1)
			if err == nil && (m.Size == 0 || m.Proof.Rows == 0) {
				t.Error("a file without a proof")
			}
			if fault.Is(err, fault.Internal) {
				t.Error(err)
			}
		}
	})
}
