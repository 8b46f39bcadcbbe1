package pickle

import (
	"fmt"
	"io"
	"strings"
)

// Why writes what loading would do as Python-like lines, each with the offset
// and the opcode that does it, in the order of the trace.
func (r Report) Why(w io.Writer) error {
	t := r.Trace
	if t == nil {
		_, err := fmt.Fprintf(w, "# not read: %s\n", r.Reason)
		return err
	}
	against := map[int64]Finding{}
	for i := len(r.Findings) - 1; i >= 0; i-- {
		against[r.Findings[i].Offset] = r.Findings[i]
	}
	reading := ""
	for _, s := range t.Steps {
		if s.Reading != reading {
			reading = s.Reading
			if _, err := fmt.Fprintf(w, "# as read by %s:\n", orPlain(reading)); err != nil {
				return err
			}
		}
		note := ""
		if f, ok := against[s.Offset]; ok && (s.Import || f.Use == s.Use) {
			note = fmt.Sprintf("  # %s: %s", strings.ToUpper(f.Severity.String()), f.Why)
		}
		if _, err := fmt.Fprintf(w, "%08x %-16s %s%s%s\n", s.Offset, s.Opcode, strings.Repeat("    ", s.Depth), t.Line(s), note); err != nil {
			return err
		}
	}
	return r.rest(w)
}

func orPlain(reading string) string {
	if reading == "" {
		return "every unpickler"
	}
	return reading
}

// rest says what there is no line for.
func (r Report) rest(w io.Writer) error {
	t := r.Trace
	if more := t.Calls - t.stepCalls(); more > 0 {
		if _, err := fmt.Fprintf(w, "# and %d more calls\n", more); err != nil {
			return err
		}
	}
	for _, e := range t.Endings {
		line := fmt.Sprintf("# the pickle at %d ends at %d: %s", e.Start, e.Offset, e.Kind)
		if e.Reason != "" {
			line += ": " + e.Reason
		}
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

func (t *Trace) stepCalls() (n int64) {
	for _, s := range t.Steps {
		if !s.Import {
			n++
		}
	}
	return n
}

// Line is one step in Python's words.
func (t *Trace) Line(s Step) string {
	if s.Import {
		g := &t.Globals[s.Global]
		switch {
		case g.Computed != "":
			return fmt.Sprintf("import_of(%s)  # names that are computed", g.Computed)
		case g.Through != "":
			return fmt.Sprintf("%s  # reached by %s", g.full(), g.Through)
		case g.OldModule != "":
			return fmt.Sprintf("from %s import %s  # written as %s.%s", quotePath(g.Module), quotePath(g.Name), quotePath(g.OldModule), quotePath(g.OldName))
		}
		return fmt.Sprintf("from %s import %s", quotePath(g.Module), quotePath(g.Name))
	}
	result := ""
	if s.Node >= 0 {
		result = fmt.Sprintf("v%d = ", s.Node)
	}
	switch s.Use {
	case UseReduce, UseInst, UseObj:
		return result + s.Callee + call(s.Args)
	case UseNewObj, UseNewObjEx:
		return fmt.Sprintf("%s%s.__new__(%s%s)", result, s.Callee, s.Callee, after(s.Args))
	case UseBuild:
		return fmt.Sprintf("set_state(%s, %s)", s.Callee, s.Args)
	case UseAppend:
		return s.Callee + ".extend" + call(s.Args)
	case UseSetItem:
		return s.Callee + ".__setitem__" + call(s.Args)
	case UseAddItems:
		return s.Callee + ".add" + call(s.Args)
	}
	return fmt.Sprintf("hash(%s)", s.Callee)
}

// call writes a tuple of arguments behind a callable; what is no tuple is
// spread out when it runs.
func call(args string) string {
	if strings.HasPrefix(args, "(") {
		return strings.Replace(args, ",)", ")", 1)
	}
	return "(*" + args + ")"
}

func after(args string) string {
	inner := strings.TrimSuffix(strings.TrimPrefix(call(args), "("), ")")
	if inner == "" {
		return ""
	}
	return ", " + inner
}
