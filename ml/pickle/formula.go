package pickle

import (
	"regexp"
	"slices"
	"strings"
)

// The data of a model of statsmodels that was made by a formula makes its design
// anew when it is filled: patsy or formulaic evaluate each term of the formula in
// its state as Python.

// terms are the tokens of a formula: names, numbers, texts that are no templates,
// what stands between them.
var terms = regexp.MustCompile(`^(?:[A-Za-z_\p{L}][\w.\p{L}]*|[0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]+)?|"[^"\\\n]*"|'[^'\\\n]*'|[-~+*:|^(),\[\]<>=/%{}]|\s+|` + "`[^`\\n]*`" + `)`)

// formulaCalls are what a formula may call: coding of categories, splines, numpy's
// functions of numbers.
var formulaCalls = []string{"C", "I", "Q", "center", "standardize", "scale", "bs", "cr", "cc", "te", "poly", "Treatment", "Sum", "Helmert", "Diff", "Poly", "contr.treatment", "contr.sum", "contr.helmert", "contr.diff", "contr.poly",
	"np.log", "np.log10", "np.log2", "np.log1p", "np.exp", "np.expm1", "np.sqrt", "np.abs", "np.square", "np.power", "np.sin", "np.cos", "np.tan", "np.tanh", "np.minimum", "np.maximum", "np.sign", "np.round", "np.floor", "np.ceil",
	"np.where", "np.clip", "np.cbrt", "np.arctan", "np.arcsinh", "np.sinh", "np.cosh", "np.mean", "np.median", "np.std", "np.isnan", "np.nan_to_num", "np.log1p", "np.mod", "np.add", "np.subtract", "np.multiply", "np.divide", "numpy.where", "numpy.clip", "numpy.abs",
	"numpy.log1p", "abs", "pow", "round", "numpy.log", "numpy.exp", "numpy.sqrt", "log", "exp", "sqrt", "lag"}

// formulaAgainst is what there is against the state of a model's data.
func (m *machine) formulaAgainst(state Value) (string, Severity) {
	attributes, ok := m.attributes(state)
	if !ok {
		return "its state is no dict whose keys are known, and it evaluates the formula in its state", Medium
	}
	if _, evaluated := attributes["restore_model_spec"]; !evaluated {
		return "", 0
	}
	s, whole, ok := text(&m.in, attributes["formula"], 1<<14)
	if !ok || !whole || attributes["formula"].Kind() != Str {
		return "it evaluates a formula that is computed", High
	}
	if why := termsAgainst(s); why != "" {
		return why, High
	}
	return "", 0
}

// termsAgainst is what there is against a formula: it calls nothing but what
// formulas are known to call.
func termsAgainst(formula string) string {
	before := ""
	for rest := formula; rest != ""; {
		token := terms.FindString(rest)
		switch {
		case token == "":
			return "it evaluates a formula that is none: " + quote(rest[:min(len(rest), 40)])
		case token == "(" && before != "" && (isName(before) && !mayCall(before) || strings.ContainsAny(before[len(before)-1:], ")]}\"'`")):
			return "it evaluates a formula that calls " + quote(before)
		case (token[0] == '"' || token[0] == '\'') && isName(before):
			return "it evaluates a formula with a template of text"
		case strings.Contains(token, "__") && isName(token), isName(token) && reachesOut(token):
			return "it evaluates a formula that reaches " + quote(token)
		case slices.Contains(formulaWords, token):
			return "it evaluates a formula with a program in it, by " + quote(token)
		}
		if rest = rest[len(token):]; strings.TrimSpace(token) != "" {
			before = token
		}
	}
	return ""
}

// formulaWords begin what gives names other values than the columns have.
var formulaWords = []string{"for", "lambda", "if", "else", "async", "await", "yield", "import", "from", "and", "or", "not", "is", "exec", "eval"}

// reachesOut reports whether a dotted name leads to an attribute by which
// everything is reached, or to what numpy has beside its functions of numbers.
func reachesOut(token string) bool {
	first, rest, dotted := strings.Cut(token, ".")
	if !dotted {
		return false
	}
	if first == "np" || first == "numpy" {
		return !slices.Contains(formulaCalls, token) && !slices.Contains([]string{"pi", "e", "nan", "inf"}, rest)
	}
	return slices.ContainsFunc(strings.Split(rest, "."), isHidden)
}

// columnCalls are methods of a column that give numbers.
var columnCalls = []string{"abs", "round", "clip", "shift", "diff", "cumsum", "fillna", "rank", "isna", "notna"}

// mayCall reports whether a formula may call a name.
func mayCall(name string) bool {
	first, method, dotted := strings.Cut(name, ".")
	return slices.Contains(formulaCalls, name) || dotted && first != "np" && first != "numpy" && slices.Contains(columnCalls, method)
}

func isName(token string) bool {
	return token != "" && !strings.ContainsAny(token[:1], "0123456789\"'`-~+*:|^(),[]<>=/%{}")
}
