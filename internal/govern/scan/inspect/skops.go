package inspect

import (
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/ml/pickle"
	"github.com/tacit-ml/tacit/ml/skops"
)

// Rules of skops' files. What their globals do has the rules of pickles.
const (
	RuleSkopsStructure = "skops-structure"
	RuleSkopsAttribute = "skops-attribute"
)

// readSkops reads the schema of a skops file as its loader would, whatever types
// somebody trusts.
func readSkops(v *visit, s *Source) Reading {
	in, err := lettersOf(s)
	if err != nil {
		return unfinished("skops", s, err)
	}
	schema, err := skops.Read(in)
	r := whole("skops", s)
	if err != nil {
		r = unfinished("skops", s, err)
	}
	for _, u := range schema.Uses {
		r.Findings = append(r.Findings, judgeSkops(v, s, u)...)
	}
	for _, f := range schema.Faults {
		r.Findings = append(r.Findings, against(s, RuleSkopsStructure, pickle.Medium, f.Offset, f.What))
	}
	return r
}

// judgeSkops says what there is to say against a use of a global.
func judgeSkops(v *visit, s *Source, u skops.Use) []Finding {
	switch u.Way {
	case skops.Trivial:
		return nil
	case skops.Operate:
		if u.Name == "itemgetter" {
			return nil // reads an item of data
		}
	case skops.Method:
		return judgeMethod(v, s, u)
	}
	f, bad := judgeGlobal(v, u.Module, u.Name, useOf(u))
	if !bad {
		return nil
	}
	f.Offset, f.Member, f.Count, f.Args = u.At, s.Path, u.Count, "by "+u.Loader
	return []Finding{f}
}

// useOf is the use of a pickle that does the same.
func useOf(u skops.Use) pickle.Use {
	switch u.Way {
	case skops.Make:
		return pickle.UseNewObj
	case skops.Call, skops.Operate, skops.Attach:
		switch u.Loader {
		case "LossNode", "TreeNode", "QuantileForestNode":
			return pickle.UseNewObj // extension classes, which have no other constructor
		case "FunctionNode":
			return pickle.Reference // of a partial, which nobody has called yet
		case "DictNode", "DefaultDictNode", "RandomStateNode":
			return pickle.UseInst // called without arguments, and filled
		}
		return pickle.UseReduce
	}
	return pickle.Reference
}

// judgeMethod is about an attribute that a node reads of an object.
func judgeMethod(v *visit, s *Source, u skops.Use) []Finding {
	var all []Finding
	if f, bad := judgeGlobal(v, u.Module, u.Name, pickle.UseNewObj); bad {
		f.Offset, f.Member, f.Count, f.Args = u.At, s.Path, u.Count, "by "+u.Loader
		all = append(all, f)
	}
	if strings.HasPrefix(u.Attribute, "_") {
		f := against(s, RuleSkopsAttribute, pickle.Medium, u.At, fmt.Sprintf("a method node reads the attribute %q of an object of %s.%s, which is private", u.Attribute, u.Module, u.Name))
		if strings.HasPrefix(u.Attribute, "__") {
			f.Severity = pickle.High
		}
		all = append(all, f)
	}
	return all
}

// judgeGlobal judges a module's name as it would be judged in a pickle that uses
// it so; bad is false when there is nothing against it. Place and member of the
// finding are the caller's.
func judgeGlobal(v *visit, module, name string, use pickle.Use) (f Finding, bad bool) {
	rule := v.vetting.Judge(module, name, use, use == pickle.UseNewObj || use == pickle.UseInst)
	f = Finding{Class: rule.Class.String(), Module: module, Name: name, Why: rule.Reason, Count: 1}
	called := use != pickle.Reference
	switch {
	case rule.KeepsMethod() && called:
		f.Rule, f.Severity, f.Class = pickle.RuleCall, pickle.Critical, pickle.ClassDangerous.String()
		f.Why = "it keeps a method to be called later, whose name nobody looked at"
	case rule.Class == pickle.ClassDangerous && called:
		f.Rule, f.Severity = pickle.RuleCall, pickle.Critical
	case rule.Class == pickle.ClassDangerous:
		f.Rule, f.Severity = pickle.RuleImport, pickle.High
	case rule.Class == pickle.ClassUnknown && called:
		f.Rule, f.Severity = pickle.RuleUnknownCall, pickle.Medium
		if rule.Reason != "" {
			f.Rule = pickle.RuleDataCalled
		}
	case rule.Class == pickle.ClassUnknown:
		f.Rule, f.Severity = pickle.RuleUnknownImport, pickle.Low
	default:
		return f, false
	}
	if f.Why == "" {
		f.Why = "nobody has vetted what this is"
	}
	return f, true
}
