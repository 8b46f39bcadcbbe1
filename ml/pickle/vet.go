package pickle

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// reasonTuple is why a named tuple is data: its fields are kept as they are.
const reasonTuple = "a named tuple"

// Class is what is known of a global.
type Class uint8

// The classes. A vetted callable may be called, as far as its rule for
// arguments says; data may be made empty, filled and used as a key.
const (
	ClassUnknown Class = iota
	ClassVetted
	ClassData
	ClassDangerous
)

func (c Class) String() string {
	return [...]string{"UNKNOWN", "VETTED", "DATA-ONLY", "DANGEROUS"}[c]
}

// FamilyCode is the family of callables that make functions and classes of code
// that the pickle carries.
const FamilyCode = "custom code"

// Rule is what the data says of a global.
type Rule struct {
	Class     Class
	Arguments string // rule for the arguments of a vetted callable
	State     string // rule for the state of a class of data
	Items     bool   // a class of data that takes items as a list or dict does
	Versions  string // of the library in which it was vetted
	Family    string // of dangerous ones
	Reason    string

	hooks *hooks // of a class of data
}

// KeepsMethod reports whether the rule is that of a callable that keeps the name of a
// method: only a pickle says which, among its arguments.
func (r Rule) KeepsMethod() bool { return r.Arguments == argMethod }

//go:embed vetted.txt
var vettedText string

//go:embed vetted_libraries.txt
var vettedLibraries string

//go:embed vetted_names.txt
var vettedNames string

//go:embed dangerous.txt
var dangerousText string

// Vetting answers what is known of a global. It is made once and never changes.
type Vetting struct {
	exact    map[string]*Rule // module, tab, name; rows that say the same have one rule
	families map[string]Rule  // module: all of it and below
	modules  map[string]bool  // dangerous modules, to be known as attributes
	imports  map[string]bool  // modules of which names are vetted
	watched  map[string]bool  // attributes that a rule looks at
	digest   string
}

// NewVetting reads the rules that tacit ships, and then extra ones in the same
// form: one a line, tab-separated, "VETTED module name rule versions reason",
// "DATA module name - versions reason" or "DANGEROUS module name family reason",
// where the name * stands for all of a module and of those below it. An extra
// rule replaces one for the same global, except that nothing replaces a
// dangerous one.
func NewVetting(extra string) (*Vetting, error) {
	v := &Vetting{exact: make(map[string]*Rule, 20<<10), families: map[string]Rule{}, modules: map[string]bool{}, imports: map[string]bool{}, watched: map[string]bool{}}
	for _, source := range []struct {
		name, text string
		shipped    bool
	}{
		{"dangerous.txt", dangerousText, true}, {"vetted_libraries.txt", vettedLibraries, true}, {"vetted.txt", vettedText, true}, {"vetted_names.txt", vettedNames, true}, {"extra rules", extra, false},
	} {
		if err := v.read(source.name, source.text, source.shipped); err != nil {
			return nil, err
		}
	}
	sum := sha256.Sum256([]byte(dangerousText + "\x00" + vettedLibraries + "\x00" + vettedNames + "\x00" + vettedText + "\x00" + extra))
	v.digest = hex.EncodeToString(sum[:])
	return v, nil
}

// Digest is the SHA-256 of all rules, in hex.
func (v *Vetting) Digest() string { return v.digest }

func (v *Vetting) read(source, text string, shipped bool) error {
	number, told := 0, map[[2]string]*Rule{}
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimRight(line, "\r\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if err := v.add(line, told, shipped); err != nil {
			return fmt.Errorf("%s, line %d: %w", source, number, err)
		}
	}
	return nil
}

// add takes a row. told are the rules of rows before it, by their class and by what
// stands behind the name: most rows say what others said.
func (v *Vetting) add(line string, told map[[2]string]*Rule, shipped bool) error {
	class, rest, _ := strings.Cut(line, "\t")
	module, rest, _ := strings.Cut(rest, "\t")
	name, says, _ := strings.Cut(rest, "\t")
	if module == "" || name == "" || strings.Count(says, "\t") < 1 {
		return fmt.Errorf("%q has not the columns class, module, name, …, reason", line)
	}
	var r *Rule
	if class == "SAME" {
		from, _, _ := strings.Cut(says, "\t")
		if r = v.exact[from+"\t"+name]; r == nil || r.Class == ClassDangerous {
			return nil // nothing is known of it there either
		}
	} else if r = told[[2]string{class, says}]; r == nil {
		read, err := v.rule(line, class, says)
		if err != nil {
			return err
		}
		r = &read
		told[[2]string{class, says}] = r
	}
	if shipped || v.Look(module, name).Class != ClassDangerous {
		v.set(module, name, line[len(class)+1:len(line)-len(says)-1], r)
	}
	return nil
}

// rule reads what a row says behind the name.
func (v *Vetting) rule(line, class, says string) (r Rule, err error) {
	f := strings.Split(says, "\t")
	switch class {
	case "DANGEROUS":
		return Rule{Class: ClassDangerous, Family: f[0], Reason: f[1]}, nil
	case "VETTED", "DATA":
	default:
		return r, fmt.Errorf("the class %q is none of VETTED, DATA and DANGEROUS", class)
	}
	if len(f) < 3 {
		return r, fmt.Errorf("%q has not the columns class, module, name, rule, versions, reason", line)
	}
	r = Rule{Class: ClassVetted, Versions: f[1], Reason: f[2]}
	if class == "DATA" {
		h, rest, err := readHooks(f[0])
		if err != nil {
			return r, err
		}
		r.Class, r.Items, r.hooks = ClassData, rest == "items", h
		if rest != "items" && rest != "-" {
			r.State = rest
		}
		v.watches(h)
	} else if f[0] != "-" {
		r.Arguments = f[0]
	}
	return r, nil
}

// set notes a rule; key is the module, a tab and the name.
func (v *Vetting) set(module, name, key string, r *Rule) {
	if name == "*" {
		v.families[module] = *r
		if r.Class == ClassDangerous && !strings.Contains(module, ".") {
			v.modules[module] = true
		}
		return
	}
	if have := v.exact[key]; have != nil && have.Class == ClassDangerous {
		return
	}
	v.exact[key] = r
	if r.Class == ClassVetted || r.Class == ClassData {
		v.imports[module] = true
	}
}

// known is the rule for exactly a key, which is a module, a tab and a name.
func (v *Vetting) known(key string) (Rule, bool) {
	if r := v.exact[key]; r != nil {
		return *r, true
	}
	return Rule{}, false
}

// Look gives the rule for a module's name; that of an unknown one has the class
// ClassUnknown. An exact rule goes before one for a module. Of a name with dots
// every part is asked, since each is an attribute that a loader reaches.
func (v *Vetting) Look(module, name string) Rule {
	if r, ok := v.known(module + "\t" + name); ok {
		return r
	}
	if isProgram(module) {
		return Rule{Class: ClassDangerous, Family: "runs when imported", Reason: "a program or a script of tools, which runs when it is imported"}
	}
	if r, ok := v.family(module); ok {
		return r
	}
	if r, ok := v.maker(module, name); ok {
		return r
	}
	if r, ok := v.predictor(module, name); ok {
		return r
	}
	if r, ok := v.method(module, name); ok {
		return r
	}
	if r, ok := v.reaches(module, name); ok {
		return r
	}
	return Rule{}
}

// isProgram reports whether a module is one that acts when it is imported, by its
// name: what python -m runs of a package, and the scripts that tools run. The module
// __main__ itself is the one that loads.
func isProgram(module string) bool {
	dot := strings.LastIndexByte(module, '.')
	switch module[dot+1:] {
	case "__main__":
		return dot > 0
	case "conftest":
		return true
	case "setup", "noxfile":
		return dot < 0
	}
	return false
}

// method is the rule for a method that computes of an array, a column or a frame,
// named as the function that it is.
func (v *Vetting) method(module, name string) (Rule, bool) {
	class, method, ok := strings.Cut(name, ".")
	if !ok || !slices.Contains(computers, module+"."+class) || !slices.Contains(strings.Fields(methods), method) {
		return Rule{}, false
	}
	return Rule{Class: ClassData, Versions: "any", Reason: "a method that computes; as data"}, true
}

// computers are classes whose methods of that kind are named.
var computers = []string{"numpy.ndarray", "pandas.DataFrame", "pandas.Series", "pandas.Index", "pandas.core.generic.NDFrame", "pandas.core.frame.DataFrame", "pandas.core.series.Series", "pandas.core.base.IndexOpsMixin", "pandas.core.indexes.base.Index", "pandas.core.strings.accessor.StringMethods"}

// maker is the rule for the __new__ of a class that is vetted as data: named, and
// called through a partial as NEWOBJ calls it. That of a function would be the
// maker of functions.
func (v *Vetting) maker(module, name string) (Rule, bool) {
	class, ok := strings.CutSuffix(name, ".__new__")
	if r, _ := v.known(module + "\t" + class); ok && r.Class == ClassData && (r.Reason == "class" || r.Reason == reasonTuple) {
		return Rule{Class: ClassData, Versions: r.Versions, Reason: "makes an object of a class that is vetted as data"}, true
	}
	return Rule{}, false
}

// hasModule reports whether names of a module are vetted, so that a pickle may
// import it.
func (v *Vetting) hasModule(module string) bool {
	if r, ok := v.family(module); ok && r.Class != ClassData {
		return false
	}
	return v.imports[module]
}

// family is the rule for the module or the nearest one above it.
func (v *Vetting) family(module string) (Rule, bool) {
	for {
		if r, ok := v.families[module]; ok {
			return r, true
		}
		dot := strings.LastIndexByte(module, '.')
		if dot < 0 {
			return Rule{}, false
		}
		module = module[:dot]
	}
}

// reaches is the rule for what lies on the way of a dotted name: a module that
// another one imported, an attribute that leads out of a class.
func (v *Vetting) reaches(module, name string) (Rule, bool) {
	parts := strings.Split(name, ".")
	for i, part := range parts {
		rest := strings.Join(parts[i+1:], ".")
		through := Rule{Class: ClassDangerous, Family: "reached through another module"}
		switch {
		case len(parts) > 1 && strings.HasPrefix(part, "__") && !slices.Contains(plainDunders, part):
			through.Reason = part + " leads out of the module"
			return through, true
		case v.modules[part]:
			through.Reason = module + " is only a way to the module " + part
			return through, true
		case rest != "":
			if r, ok := v.known(strings.Join(append([]string{module}, parts[:i+1]...), ".") + "\t" + rest); ok && r.Class == ClassDangerous {
				return r, true
			}
			if r, ok := v.known(module + "\t" + part); ok && r.Class == ClassDangerous {
				return r, true
			}
		}
	}
	return Rule{}, false
}

// plainDunders are attributes that a pickled method may be.
var plainDunders = []string{"__init__", "__add__", "__eq__", "__len__", "__getitem__", "__contains__", "__lt__", "__gt__", "__le__", "__ge__", "__ne__"}

// Judge tells what is known of a global when it is used in a way: a class that
// is vetted as data is unknown when it is called with arguments. empty is
// whether there are none.
func (v *Vetting) Judge(module, name string, use Use, empty bool) Rule {
	r := v.Look(module, name)
	if r.Class == ClassData && use != Reference && !dataMay(use, empty, r.Items) {
		return Rule{Class: ClassUnknown, Versions: r.Versions, Reason: "vetted as data and not as a function"}
	}
	return r
}
