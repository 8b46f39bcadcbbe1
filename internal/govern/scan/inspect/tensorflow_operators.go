package inspect

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/ml/pickle"
	"github.com/tacit-ml/tacit/ml/savedmodel"
)

//go:embed tensorflow_operators.txt
var tensorflowOperatorsText string

//go:embed tensorflow_names.txt
var tensorflowNamesText string

// operator is what is known of an operator of TensorFlow.
type operator struct {
	name     string
	severity pickle.Severity
	paths    bool   // only some paths are told
	why      string // "" of one that only computes
}

// tensorflowOperators reads the lists. One that stands in none is unknown.
func tensorflowOperators() map[string]operator {
	all := map[string]operator{}
	for line := range strings.Lines(tensorflowNamesText) {
		if name := strings.TrimSpace(line); name != "" && name[0] != '#' {
			all[name] = operator{name: name}
		}
	}
	severities := map[string]operator{"low": {severity: pickle.Low}, "medium": {severity: pickle.Medium}, "high": {severity: pickle.High}, "paths": {severity: pickle.High, paths: true}}
	for line := range strings.Lines(tensorflowOperatorsText) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		f := strings.SplitN(line, " ", 3)
		o, ok := severities[f[0]]
		if !ok || len(f) < 3 {
			panic(fmt.Sprintf("the list of operators has a line %q", line)) // it is part of the program
		}
		o.name, o.why = f[1], f[2]
		all[o.name] = o
	}
	return all
}

// finding is the one for a use of the operator.
func (o operator) finding(offset, length int64) Finding {
	f := Finding{Rule: "tensorflow-operator", Severity: o.severity, Class: pickle.ClassUnknown.String(), Module: "tensorflow", Name: o.name, Offset: offset, Length: length, Why: o.name + " " + o.why, Count: 1}
	if o.severity >= pickle.High {
		f.Class = pickle.ClassDangerous.String()
	}
	return f
}

// tensorflowPaths says which input of an operator is a path.
func tensorflowPaths(all map[string]operator) savedmodel.Inputs {
	inputs := savedmodel.Inputs{}
	for name, o := range all {
		if o.why != "" {
			inputs[name] = 0
		}
	}
	inputs["InitializeTableFromTextFile"], inputs["InitializeTableFromTextFileV2"] = 1, 1
	inputs["MergeV2Checkpoints"] = -1
	return inputs
}
