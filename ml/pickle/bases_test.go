package pickle

import (
	"strings"
	"testing"
)

// TestOtherBases: what a class is by a base of another library it is here, too. The first
// ran the text in its state in CPython, the others ran a function under the name of a
// method.
func TestOtherBases(t *testing.T) {
	t.Parallel()
	writer := keeping("sklearn.feature_extraction.text", "_analyze")
	for _, name := range []string{"discrete:genpoisson_p_gen", "discrete:truncatedpoisson_gen", "edgeworth:ExpandedNormal"} {
		module, class, _ := strings.Cut(name, ":")
		data := filled("statsmodels.distributions."+module, class, str("_parse_arg_template"), str("import os"))
		if r := scan(t, asm(proto(4), data, opStop)); r.Verdict != Malicious {
			t.Errorf("the text of %s is %s: %v", name, r.Verdict, r.Findings)
		}
	}
	for _, name := range []string{
		"pandas.core.dtypes.dtypes:CategoricalDtypeType", "formulaic.formula:_FormulaMeta", "polars.datatypes.classes:DataTypeClass", "pandas._libs.tslibs.offsets:OffsetMeta",
		"torchvision._utils:StrEnumMeta", "builtins:type", "abc:ABCMeta", "enum:EnumMeta", "numpy.dtypes:type",
	} {
		module, class, _ := strings.Cut(name, ":")
		made := asm(stackGlobal(module, class), opMark, str("X"), opEmptyTuple, attributes(str("__hash__"), writer), opTuple, opNewObj)
		if r := scan(t, asm(proto(4), opEmptyDict, made, opEmptyTuple, opNewObj, opNone, opSetItem, opStop)); r.Verdict < Suspicious {
			t.Errorf("a class that %s makes is %s: %v", name, r.Verdict, r.Findings)
		}
	}
	for _, name := range []string{"lightgbm.compat:pd_DataFrame", "lightgbm.compat:dask_DataFrame", "xgboost.compat:XGBModelBase", "numpy.ctypeslib._ctypeslib:_ndptr", "formulaic.model_matrix:ModelMatrix"} {
		module, class, _ := strings.Cut(name, ":")
		if r := vetting(t).Look(module, class); r.Class == ClassData || r.Class == ClassVetted {
			t.Errorf("%s is %s", name, r.Class)
		}
	}
}
