// Package pickle reads Python pickles without running them: one machine, by
// abstract interpretation, for scanning and for loading.
//
// A pickle is a program for a stack machine that imports names and calls what
// they stand for. The machine here executes all 68 opcodes of protocols 0 to 5
// as CPython does, and where CPython would import or call, it makes a value that
// says so. What happened is the Trace; what there is to say against it, by the
// rules of a Vetting, are the Findings.
//
// Scan answers with three things that do not stand for each other: whether the
// whole file was understood (Status), what it would do (Verdict), and what
// became of each byte (Coverage). What was not understood is never clean.
// Load keeps every value, for who builds a model of them.
//
// A Global is a module's name; the package speaks of classes of globals
// (vetted, data, dangerous, unknown), of which vetted.txt, vetted_libraries.txt
// and dangerous.txt are the data. vetted_libraries.txt is generated from
// installed libraries by testdata/vet.py (classes by hooks.py, functions by
// functions.py), vetted_names.txt by testdata/names.py,
// renames.go from CPython's own tables by testdata/renames.py.
//
// What a use of a global does is judged file by file: judge.go has the verdict of
// each use and arguments.go that of the arguments of vetted callables (getter.go,
// numbers.go and rebuilt.go those of getters, of compiled code and of makers that
// fill what they make); handed.go what a vetted callable is handed and may run.
// hooks.go reads what methods of classes of data do, filled.go judges states by it,
// states.go and formula.go those that are run as text, hashed.go keys, factory.go
// dicts and partials that call what they keep. held.go knows of arrays whose
// elements are forgotten, aliased.go and changed.go of what is changed after it was
// judged.
//
// Idioms of numpy, joblib, cloudpickle and torch are known as far as they
// decide what is code and what is numbers. Archives and compression are not
// read here.
package pickle
