package pickle

import (
	"slices"
	"strings"
	"testing"
)

// TestRulesAreSound: each line names rules that there are, and nothing vetted
// hides what is dangerous.
func TestRulesAreSound(t *testing.T) {
	t.Parallel()
	rules := []string{"", argReconstructor, argNewObj, argClass, argCallable, argGetattr, argEncode, argLookup, argLoadBytes, argNone, argRebuild, argApply, argConstructors, argKeys, argAttributes, argMethod, argModule, argIter, argNumbers, argUnread}
	v := vetting(t)
	classes := map[Class]int{}
	for key, r := range v.exact {
		classes[r.Class]++
		if r.Class == ClassVetted && !slices.Contains(rules, r.Arguments) {
			t.Errorf("%q has the rule %q, which there is not", key, r.Arguments)
		}
		if r.State != "" && r.State != stateDistribution && r.State != stateVectorize && r.State != stateFormula && r.State != statePacked && r.State != stateConfig {
			t.Errorf("%q has the rule %q for its state, which there is not", key, r.State)
		}
		if r.Reason == "" || r.Class != ClassDangerous && r.Versions == "" {
			t.Errorf("%q has no reason or versions", key)
		}
	}
	if classes[ClassVetted] < 1000 || classes[ClassData] < 5000 || classes[ClassDangerous] < 200 {
		t.Errorf("only %v", classes)
	}
	for _, line := range strings.Split(strings.TrimSpace(dangerousText), "\n") {
		f := strings.Split(line, "\t")
		if f[0] == "DANGEROUS" && f[2] != "*" && v.Look(f[1], f[2]).Class != ClassDangerous {
			t.Errorf("%s.%s is vetted over its being dangerous", f[1], f[2])
		}
	}
}

// TestWhatHooksReach: classes whose methods come to import, open or run something
// when a pickle fills them are not data.
func TestWhatHooksReach(t *testing.T) {
	t.Parallel()
	v := vetting(t)
	for _, name := range []string{"imblearn:LazyLoader", "pandas.util._depr_module:_DeprecatedModule", "mlflow.models.model:Model"} {
		module, attr, _ := strings.Cut(name, ":")
		if r := v.Look(module, attr); r.Class == ClassData {
			t.Errorf("%s is data: %s", name, r.Reason)
		}
	}
	for _, name := range []string{"scipy.stats._discrete_distns:randint_gen", "scipy.stats._continuous_distns:norm_gen", "scipy.stats._distn_infrastructure:rv_sample"} {
		module, attr, _ := strings.Cut(name, ":")
		if r := v.Look(module, attr); r.Class != ClassData || r.State != stateDistribution {
			t.Errorf("%s is %s, its state %q", name, r.Class, r.State)
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	v, err := NewVetting("DATA\tours.models\tModel\t-\tours 1\tread by us\nVETTED\tos\tsystem\t-\tours 1\tnobody may say so\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		module, name string
		use          Use
		empty        bool
		want         Class
	}{
		{"sklearn.svm._classes", "SVC", UseNewObj, true, ClassData},
		{"sklearn.svm._classes", "SVC", UseReduce, false, ClassUnknown},
		{"sklearn.metrics._classification", "f1_score", Reference, true, ClassData},
		{"sklearn.metrics._classification", "f1_score", UseReduce, false, ClassUnknown},
		{"collections", "OrderedDict", UseReduce, true, ClassVetted},
		{"ours.models", "Model", UseBuild, false, ClassData},
		{"ours.models", "Other", UseBuild, false, ClassUnknown},
		{"os", "system", Reference, false, ClassDangerous},
		{"os.path", "join", UseReduce, false, ClassDangerous},
		{"importlib.util", "find_spec", UseReduce, false, ClassDangerous},
		{"sklearn.utils", "os", Reference, false, ClassDangerous},
		{"sklearn.utils", "deep.subprocess.Popen", UseReduce, false, ClassDangerous},
		{"numpy", "load", UseReduce, false, ClassDangerous},
		{"numpy", "log1p", Reference, false, ClassVetted},
	} {
		if got := v.Judge(c.module, c.name, c.use, c.empty); got.Class != c.want {
			t.Errorf("%s.%s by %s is %s, want %s: %s", c.module, c.name, c.use, got.Class, c.want, got.Reason)
		}
	}
	for _, bad := range []string{"DATA\tx\ty", "GOOD\tx\ty\t-\tv\tr", "DATA\tx\ty\t-\tv"} {
		if _, err := NewVetting(bad); err == nil || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
