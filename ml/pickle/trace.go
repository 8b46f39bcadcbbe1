package pickle

// Use is how a pickle uses a global or a value.
type Use uint8

// The uses. All but Reference run somebody's code: of the callable itself, of
// its class's __new__, or of a method.
const (
	Reference   Use = iota // looked up and put somewhere
	UseReduce              // callable(*args)
	UseNewObj              // class.__new__(class, *args)
	UseNewObjEx            // class.__new__(class, *args, **kwargs)
	UseInst                // callable(*args), or class.__new__ of a class without args
	UseObj                 // as UseInst
	UseBuild               // __setstate__, or attributes set
	UseAppend              // extend or append
	UseSetItem             // __setitem__
	UseAddItems            // add
	UseHash                // __hash__ and __eq__, of a dict's key or a set's member
	uses
)

func (u Use) String() string {
	return [...]string{"REFERENCE", "REDUCE", "NEWOBJ", "NEWOBJ_EX", "INST", "OBJ", "BUILD", "APPEND", "SETITEM", "ADDITEMS", "HASH"}[u]
}

// GlobalUse is a module's name that the pickle looks up, which imports the
// module, and how often it uses it.
type GlobalUse struct {
	Module, Name       string // as Python 3 imports it
	OldModule, OldName string // as the pickle has it, when a protocol below 3 renames it
	Computed           string // the operands, when module or name are not constants
	Through            string // the vetted call that looks it up, "" for an opcode
	Offset             int64  // of the first look-up
	Opcode             Opcode // of the first look-up
	Protocol           int    // in force there: from 4 on dots in the name are attributes
	Class              Class
	Lookups            int64       // by an opcode or from the memo
	Persistent         int64       // of these, inside a known persistent id
	Calls              [uses]int64 // by use; Calls[Reference] stays 0

	rule   Rule
	seenIn string // the reading that looked it up, the plain one if that did
}

// OnlyPersistent reports whether the global is only named in persistent ids, as
// torch names the type of a storage.
func (g *GlobalUse) OnlyPersistent() bool { return g.Persistent > 0 && g.Persistent >= g.Lookups }

func (g *GlobalUse) called() (n int64) {
	for _, c := range g.Calls {
		n += c
	}
	return n
}

type globalKey struct {
	module, name string
	old, dotted  bool
	how          string
}

// Step is one import or call in the order in which a loader makes them.
type Step struct {
	Import bool
	Global uint32 // index in Trace.Globals, NoGlobal when the callee is none
	Use    Use
	Callee string // as Python would write it
	Args   string // summary, as Python would write it
	Offset int64
	Opcode Opcode
	// Node numbers the result: the value that Args of later steps name v<Node>.
	Node    int64
	On      int64  // numbers the value whose method it is, -1 for none
	Depth   int    // of nested pickles
	Reading string // "" for the plain one
}

// Embedded is a range of the input that the pickle hands to a reader of its
// own.
type Embedded struct {
	Offset, Size int64
	Through      string // the callable that reads it
	Read         bool   // by the machine, as a pickle
	Escaped      bool   // the range is a text, each letter of which is a byte
}

// PersistentID is what a pickle asks its loader for, as torch writes it.
type PersistentID struct {
	Type     string // torch's storage class: "FloatStorage"
	Key      string
	Location string
	Count    int64 // of elements
	Offset   int64
}

// Trace is all that a loader would do, in every reading and in nested and
// stacked pickles.
type Trace struct {
	Globals    []GlobalUse
	Steps      []Step // the first Budget.Steps
	Calls      int64  // in all
	Findings   []Finding
	Endings    []Ending // one for each pickle of the outermost level
	Arrays     []Array
	ArrayCount int64
	SideFiles  []string // that joblib below 0.10 reads beside this one
	Embedded   []Embedded
	Persistent []PersistentID // the first
	Dropped    int64          // calls whose result POP threw away
	Buffers    int64          // NEXT_BUFFER
	Protocol   int            // the highest
	Gets, Puts int64          // of the memo
	Budgets    []string       // that were used up

	vetting                        *Vetting
	index                          map[globalKey]uint32
	seen                           map[findingKey]int
	unknown                        [uses]int64 // calls of what is no global
	imported, paths                []string    // modules by their names, and what getters ask for
	expands, overwritten, torchIDs bool
	limits                         Budget
	raw                            []Range // in order
	unread                         string  // why what follows an array is not understood
}

func newTrace(v *Vetting, b Budget) *Trace {
	return &Trace{vetting: v, index: map[globalKey]uint32{}, seen: map[findingKey]int{}, limits: b}
}

// step keeps a step while there is room.
func (t *Trace) step(m *machine, s Step) {
	if !s.Import {
		t.Calls++
	}
	if len(t.Steps) >= t.limits.Steps || m.hidden && (s.Global == NoGlobal || t.Globals[s.Global].Class != ClassDangerous) {
		return
	}
	s.Offset, s.Depth, s.Reading = m.place(m.op), m.depth, m.reading
	t.Steps = append(t.Steps, s)
}

func (t *Trace) exhausted(name string) {
	for _, have := range t.Budgets {
		if have == name {
			return
		}
	}
	t.Budgets = append(t.Budgets, name)
}

type findingKey struct {
	rule, module, name string
	use                Use
}

// mostFindings are told apart; more are only counted with those of their rule.
const mostFindings = 1000

// full reports that there is no room for a finding. That of something dangerous
// has twice the room, so that nothing harmless hides it.
func (t *Trace) full(f Finding) bool {
	most := mostFindings
	if f.Class == ClassDangerous && f.Severity >= High {
		most *= 2
	}
	if len(t.Findings) < most {
		return false
	}
	t.exhausted("findings")
	return true
}

// finding adds f, whose offset and opcode are those of the opcode that runs.
// The same of the same global is told once and counted.
func (t *Trace) finding(m *machine, f Finding) {
	key := findingKey{f.Rule, f.Module, f.Name, f.Use}
	if n, ok := t.seen[key]; ok {
		t.Findings[n].Count++
		return
	}
	if t.full(f) {
		return
	}
	if m.hidden && f.Module == "" || m.reading == readingObjects && f.Class != ClassDangerous {
		return // bytes of numbers look like any oddity
	}
	f.Count = 1
	if f.Opcode == 0 {
		f.Offset, f.Opcode = m.place(m.op), m.opcode()
	}
	f.Reading = m.reading
	t.seen[key] = len(t.Findings)
	t.Findings = append(t.Findings, f)
}

// EndKind is how the run of a pickle ended.
type EndKind uint8

// The ways to end. Only Stopped is a whole pickle.
const (
	Stopped   EndKind = iota
	Broken            // every unpickler fails here
	Truncated         // the input ends
	Exhausted         // a budget is used up, Reason names it
	Failed            // the input cannot be read, Reason says why
)

func (k EndKind) String() string {
	return [...]string{"stopped", "broken", "truncated", "budget", "unreadable"}[k]
}

// Ending is how the run of one pickle ended.
type Ending struct {
	Kind   EndKind
	Reason string
	Start  int64 // first byte of the pickle
	Offset int64 // one past the last byte that was understood
}
