package pickle

import "testing"

// TestFormulas: the formulas that people write are evaluated, and none that calls
// what it likes.
func TestFormulas(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"y ~ x", "y ~ x1 + x2:x3 - 1", "np.log(y) ~ C(region, Treatment(reference='C')) * I(x**2 / 3.5e2)", "Lottery ~ Literacy + Wealth + Region", `Q("a b") ~ bs(x, df=4)`, "y ~ 0 + a.b", "größe ~ höhe",
	} {
		if why := termsAgainst(good); why != "" {
			t.Errorf("%q: %s", good, why)
		}
	}
	for _, bad := range []string{
		"y ~ __import__('os').system('id')", "y ~ x.to_pickle('a')", "y ~ (lambda: 1)()", "y ~ [open][0]('a')", `y ~ f"{open('a')}"`, "y ~ f '{x}'", "y ~ x.__class__", "y ~ eval ('1')", "y ~ a; b", "y ~ 'a\\x28'", "y ~ {open}('a')", "y ~ 'a'.join (x)", "y ~ `a`('b')", "y ~ 1if x else 2or open('a')",
	} {
		if termsAgainst(bad) == "" {
			t.Errorf("%q is evaluated", bad)
		}
	}
	state := func(of ...any) []byte {
		return asm(proto(4), filled("statsmodels.base.data", "PandasData", of...), opStop)
	}
	for name, c := range map[string]struct {
		data    []byte
		verdict Verdict
	}{
		"as statsmodels writes it": {state(str("restore_model_spec"), opNewTrue, str("formula"), str("y ~ x")), Clean},
		"without one":              {state(str("ynames"), str("y")), Clean},
		"one that calls":           {state(str("restore_model_spec"), opNewTrue, str("formula"), str("y ~ open('a')")), Malicious},
		"a computed one":           {state(str("restore_model_spec"), opNewTrue, str("formula"), stackGlobal("builtins", "str"), str("y ~ open('a')"), opTuple1, opReduce), Malicious},
		"names that it calls":      {state(str("restore_model_spec"), opNewTrue, str("formula"), str("y ~ C(x)"), str("frame"), attributes(str("C"), keeping("sklearn.datasets._svmlight_format_io", "dump_svmlight_file"))), Suspicious},
	} {
		if r := scan(t, c.data); r.Verdict != c.verdict || r.Status != Complete {
			t.Errorf("%s is %s, %s: %v", name, r.Verdict, r.Status, r.Findings)
		}
	}
}
