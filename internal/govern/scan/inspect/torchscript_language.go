package inspect

import (
	"regexp"
	"slices"
	"strings"
)

// The language is what torch/csrc/jit/serialization/python_print.cpp of PyTorch
// writes. It looks like Python, so that a program of Python under the same name
// must be told from it: one that Python could run to any effect needs an import, a
// builtin function that leads out, or an attribute that leads to one.

// tsWord is a word of the language: a name, a text or a sign.
type tsWord struct {
	text  string
	quote bool // a text, with its quotes
}

// name reports whether a word is an identifier or a keyword.
func (w tsWord) name() bool { return !w.quote && w.text != "" && letter(w.text[0]) }

// mostWords are the most words of one statement: lists of constants are long.
const mostWords = 1 << 18

// isTorchScript reports whether a text is of TorchScript's language.
func isTorchScript(text string) bool {
	var statement []tsWord
	for at := 0; at < len(text); {
		outermost := text[at] != ' '
		end, words, ok := tsStatement(text, at, statement[:0])
		if !ok || !tsJudge(words, outermost) {
			return false
		}
		at, statement = end, words
	}
	return true
}

// tsJudge judges the words of a statement.
func tsJudge(words []tsWord, outermost bool) bool {
	if outermost && len(words) > 0 && !tsOutermost(words) {
		return false
	}
	for i, w := range words {
		before, after := tsWord{}, tsWord{}
		if i > 0 {
			before = words[i-1]
		}
		if i+1 < len(words) {
			after = words[i+1]
		}
		switch {
		case w.quote && before.name() && strings.Trim(strings.ToLower(before.text), "rbuft") == "", w.text == ":" && after.text == "=": // f"" and its like, and :=
			return false
		case w.name() && !tsName(w, before, i == 0) && !(i == 0 && outermost && w.text == "import"):
			return false
		case w.text == "getattr" && before.text != "." && before.text != "def" && !tsAttribute(words[i+1:]):
			return false
		}
	}
	return true
}

// tsStatement appends the words of the statement at a place, and gives the place
// behind it. It is not of the language when it has a sign that the language lacks,
// or that Python reads as the end of a line or an encoding.
func tsStatement(text string, i int, out []tsWord) (end int, words []tsWord, ok bool) {
	depth := 0
	for i < len(text) && len(out) < mostWords {
		from := i
		switch c := text[i]; {
		case c == '\n' || c == ' ':
			i++
			if c == '\n' && depth == 0 {
				return i, out, true
			}
			continue
		case c < ' ' || c > '~' || strings.IndexByte("@;\\`$?", c) >= 0:
			return i, nil, false
		case c == '#':
			if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
				i += n
			} else {
				i = len(text)
			}
			if strings.Contains(text[from:i], "coding") || !plainText(text[from:i]) {
				return i, nil, false
			}
			continue
		case c == '"' || c == '\'':
			i = pastString(text, i)
			if i > len(text) || i < from+2 || text[i-1] != c || !plainText(strings.ReplaceAll(text[from:i], "\n", "")) {
				return i, nil, false
			}
		case letter(c):
			for i < len(text) && (letter(text[i]) || text[i] >= '0' && text[i] <= '9') {
				i++
			}
		default:
			depth += strings.Count("([{", string(c)) - strings.Count(")]}", string(c))
			if i++; depth < 0 {
				return i, nil, false
			}
		}
		out = append(out, tsWord{text: text[from:i], quote: text[from] == '"' || text[from] == '\''})
	}
	return i, out, depth == 0 && len(out) < mostWords
}

// plainText reports whether all bytes are printable ASCII.
func plainText(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// tsOutermost judges a statement outside of all functions: an import as a whole,
// others by their first words.
func tsOutermost(words []tsWord) bool {
	if words[0].text != "import" {
		words = words[:min(len(words), 6)]
	}
	var line strings.Builder
	for _, w := range words {
		line.WriteString(w.text + " ")
	}
	return outermostStatement.MatchString(line.String())
}

// outermostStatement are those statements, their words apart. Files before version
// 2 import their types, and say the version of the operators.
var outermostStatement = regexp.MustCompile(`^(def \w+ \( |class \w+ (\( (Module|ModuleInterface|Interface|NamedTuple|Enum) \) )?: |import __torch__ (\. \w+ )*$|op_version_set = )`)

// tsName judges a name by the word before it in its statement. Attributes and
// functions have any name but those that lead out of Python's objects.
func tsName(w, before tsWord, first bool) bool {
	hidden := len(w.text) > 4 && strings.HasPrefix(w.text, "__") && strings.HasSuffix(w.text, "__")
	switch {
	case before.text == "def":
		return true
	case hidden:
		return slices.Contains(strings.Fields(tsHidden), w.text)
	case before.text == ".":
		return !slices.Contains([]string{"f_globals", "f_builtins", "func_globals", "gi_frame", "cr_frame", "ag_frame", "tb_frame"}, w.text)
	case w.text == "for":
		return first // not that of a generator
	}
	return !slices.Contains(tsForbidden, w.text)
}

// tsAttribute judges what follows getattr, which TorchScript writes for names that
// are no identifiers: a value and the name as one text.
func tsAttribute(words []tsWord) bool {
	depth := 0
	for i, w := range words {
		switch w.text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		}
		if i == 0 && depth != 1 {
			return false
		}
		if depth == 0 {
			return i > 2 && words[i-1].quote && words[i-2].text == "," && !strings.Contains(words[i-1].text, "__") && !strings.Contains(words[i-1].text, `\`)
		}
	}
	return false
}

// tsForbidden are keywords that TorchScript never writes, and builtin functions of
// Python that reach code, files or names.
var tsForbidden = []string{
	"import", "from", "lambda", "yield", "async", "await", "global", "nonlocal", "try", "except", "finally", "raise", "del", "assert",
	"eval", "exec", "compile", "open", "globals", "locals", "vars", "breakpoint", "execfile", "reload", "setattr", "delattr",
}

// tsHidden are the names with two underscores around them that TorchScript writes,
// and methods that its classes have.
const tsHidden = `__torch__ __parameters__ __buffers__ __annotations__ __forward_hooks__ __forward_pre_hooks__ __constants__
	__new__ __init__ __call__ __len__ __contains__ __getitem__ __setitem__ __delitem__ __enter__ __exit__ __str__ __repr__ __hash__ __iter__ __next__ __bool__ __int__ __float__ __index__
	__is__ __isnot__ __not__ __derive_index__ __range_length__ __add__ __sub__ __mul__ __truediv__ __floordiv__ __mod__ __pow__ __matmul__ __neg__ __pos__ __abs__ __invert__
	__and__ __or__ __xor__ __lshift__ __rshift__ __iand__ __ior__ __ixor__ __ilshift__ __irshift__ __iadd__ __isub__ __imul__ __itruediv__
	__radd__ __rsub__ __rmul__ __rtruediv__ __rand__ __ror__ __rxor__ __eq__ __ne__ __lt__ __le__ __gt__ __ge__ __upper_bound__ __lower_bound__`
