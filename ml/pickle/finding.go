package pickle

import "fmt"

// Severity is how much a finding weighs.
type Severity uint8

// The severities, in order.
const (
	Low Severity = iota
	Medium
	High
	Critical
)

func (s Severity) String() string { return [...]string{"low", "medium", "high", "critical"}[s] }

// Rule ids of findings.
const (
	RuleCall          = "dangerous-call"     // a dangerous callable is called
	RuleImport        = "dangerous-import"   // and this one only looked up
	RuleComputed      = "computed-name"      // module or name are results of calls
	RuleCode          = "custom-code"        // the pickle carries functions or classes of its own
	RuleUnknownCall   = "unknown-call"       // nobody has vetted what is called
	RuleUnknownImport = "unknown-import"     // and this is only looked up
	RuleDataCalled    = "data-called"        // vetted as data and called as a function
	RuleArgument      = "argument"           // a vetted callable with arguments that it is not vetted for
	RuleUnknownCallee = "unknown-callee"     // what a call gave back is called
	RuleBuildGlobal   = "build-on-global"    // the state of a class, function or module is set
	RuleExtension     = "extension-code"     // copyreg's registry decides
	RulePersistent    = "persistent-id"      // a persistent id that is not torch's
	RuleBuffer        = "out-of-band-buffer" // data that is not in the file
	RuleProto         = "proto"              // PROTO twice or late
	RuleFrame         = "frame-divergence"   // unpicklers read the bytes differently
	RuleMemo          = "memo-overwritten"   // an entry of the memo is replaced
	RuleDropped       = "dropped"            // values that are not in the result
	RuleExpansion     = "expansion"          // far more values than bytes
	RuleBroken        = "broken"             // every unpickler fails here
	RuleTruncated     = "truncated"          // the input ends inside a pickle
	RuleTrailing      = "trailing-data"      // bytes behind STOP that are no pickle
	RuleHidden        = "hidden-pickle"      // a pickle that begins inside other data
	RuleArray         = "array"              // a joblib array that is not where its reader looks
	RuleSideFile      = "side-file"          // a file beside this one is read
	RuleBudget        = "budget"             // a limit of the scan was reached
)

// Finding is one thing there is to say against a pickle.
type Finding struct {
	Rule               string
	Severity           Severity
	Class              Class
	Module, Name       string
	OldModule, OldName string // as the pickle has them, when they are renamed
	Use                Use
	Args               string // summary
	Offset             int64
	Opcode             Opcode
	Why                string
	Count              int64  // how often
	Reading            string // "" for the plain one
}

func (f Finding) String() string {
	return fmt.Sprintf("%s %s %s.%s(%s) at %d (%s): %s", f.Severity, f.Rule, f.Module, f.Name, f.Args, f.Offset, f.Opcode, f.Why)
}
