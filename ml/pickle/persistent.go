package pickle

import (
	"strconv"
	"strings"
)

// mostPersistent ids are kept; all are looked at.
const mostPersistent = 1 << 16

// persistent asks the loader for what an id stands for. torch's own ids name a
// storage or, in its legacy files, a class of a module; all others are the
// loader's secret.
func (m *machine) persistent(id Value) {
	x, n := m.nodes.add(m.op, 0)
	x.args = id
	result := valueOf(PersID, 0, n)
	tuple := m.nodes.of(id)
	if id.Kind() == Tuple && tuple != nil && len(tuple.items) >= 2 {
		kind, _, _ := text(&m.in, tuple.items[0], 16)
		switch {
		case kind == "storage" && m.storage(tuple.items):
			m.push(result)
			return
		case kind == "reduce_package" && len(tuple.items) == 3: // of torch.package: the callable is called
			m.called(tuple.items[1], UseReduce, tuple.items[2], 0)
		case kind == "module" && tuple.items[1].Kind() == Global:
			m.push(tuple.items[1])
			return
		}
	}
	m.trace.finding(m, Finding{Rule: RulePersistent, Severity: Medium, Class: ClassUnknown, Args: m.show(id), Why: "the loader's persistent_load decides what this id is; it is none of torch's"})
	m.push(result)
}

// storage takes the id of a torch storage: ("storage", type, key, location,
// count[, view]).
func (m *machine) storage(items []Value) bool {
	if len(items) < 5 || items[1].Kind() != Global || items[1].class() == noClass {
		return false
	}
	g := &m.trace.Globals[items[1].class()]
	if g.Module != "torch" && g.Module != "torch.storage" && g.Module != "torch.cuda" || !strings.HasSuffix(g.Name, "Storage") {
		return false
	}
	count, ok := integer(&m.in, items[4])
	key, _, isText := text(&m.in, items[2], 256)
	if n, ok := integer(&m.in, items[2]); ok && n >= 0 { // of torch.package, whose storages have numbers
		key, isText = strconv.FormatInt(n, 10), true
	}
	location, _, _ := text(&m.in, items[3], 64)
	if !ok || count < 0 || !isText {
		return false
	}
	g.Persistent++
	m.trace.torchIDs = true
	if len(m.trace.Persistent) < mostPersistent {
		m.trace.Persistent = append(m.trace.Persistent, PersistentID{Type: g.Name, Key: key, Location: location, Count: count, Offset: m.place(m.op)})
	}
	return true
}

// Bytes is how many bytes the storage has, 0 when its type or their number is
// none that is known.
func (p PersistentID) Bytes() int64 {
	width := storageWidth[p.Type]
	if width == 0 || p.Count > mostIndex/width {
		return 0
	}
	return p.Count * width
}
