// Package lineage is the graph of what came from what, made of the links of
// events.
//
// Words. A node is a thing that an event named: a run, data, a logged model, a
// model version, an artifact. An edge says that data went from one node to
// another, with the relation by which an event asserted it. Up is what a thing
// came from, down what was built on it. A walk goes up, down or both from its
// roots, breadth first, and never along what the caller may not see. A report
// is what another program tells in the words of OpenLineage; it becomes an
// event, so that the log stays the truth.
//
// The graph is a reading of the event log: it can be built anew at any time and
// is then the same. A deleted thing stays in it, marked. It follows the log by
// moments; a walk catches up first.
//
// It matches OpenLineage 2-0-2 for run, dataset and job events in and out, with
// facets kept as they are told while they are small. It is not a catalogue of
// data: what a thing holds stands in its own room.
package lineage
