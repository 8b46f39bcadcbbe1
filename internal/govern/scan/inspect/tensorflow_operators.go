package inspect

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/ml/pickle"
)

//go:embed tensorflow_operators.txt
var tensorflowOperatorsText string

// operator is what is known of an operator of TensorFlow.
type operator struct {
	name     string
	severity pickle.Severity
	paths    bool   // only some paths are told
	why      string // "" of one that only computes
}

// tensorflowOperators reads the list.
func tensorflowOperators() map[string]operator {
	all := map[string]operator{}
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
