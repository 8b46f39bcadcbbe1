package lineage

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/urn"
)

// Report takes an event that another program tells in the words of OpenLineage:
// of a run, a job or a dataset. fault.Invalid with the place that is wrong,
// fault.Limit beyond MaxReport and MaxDatasets.
func (s *Service) Report(ctx context.Context, body []byte) (err error) {
	defer fault.Wrap(&err, "lineage.Report")
	e, err := understand(body, caller.Workspace(ctx))
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *rows.Tx) error { return s.Events.Append(ctx, tx, e) })
}

const (
	// MaxExport is how many events of a thing are exported, the newest.
	MaxExport = 1000
	// mostExported is how many things beside data or a job are asked for their events.
	mostExported = 200

	producer  = "https://github.com/tacit-ml/tacit"
	spec      = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/"
	facetSpec = "https://openlineage.io/spec/facets/1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet"
)

// Export tells the events of a thing in the words of OpenLineage, the oldest
// first; of data and of a job also those of whatever used, made or ran it, by which it is
// told. Those that say nothing of where data went, and of them what the caller may
// not read, are left out. fault.NotFound; fault.Unavailable where that is not known
// yet.
func (s *Service) Export(ctx context.Context, of urn.URN) (_ []json.RawMessage, err error) {
	defer fault.Wrap(&err, "lineage.Export(%s)", of)
	behind, err := s.catchUp(ctx)
	if err != nil {
		return nil, err
	}
	workspace := caller.Workspace(ctx)
	if of = local(of, workspace); of.Workspace != "" {
		return nil, fault.New(fault.NotFound, "%s is a thing of another workspace: ask there.", of)
	}
	thing, err := s.find(ctx, workspace, of)
	if err != nil {
		return nil, err
	}
	reads, err := s.reader(ctx, workspace)
	if err != nil {
		return nil, err
	}
	known := knowledge{Service: s, workspace: workspace, all: reads == nil, behind: behind, told: map[string]bool{}}
	all, err := known.export(ctx, of, of)
	if err != nil {
		return nil, err
	}
	if isData(of) || of.Kind == "job" {
		more, err := known.exportBeside(ctx, thing)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
		slices.SortStableFunc(all, func(a, b exported) int { return cmp.Compare(a.position, b.position) })
		all = all[max(0, len(all)-MaxExport):]
	}
	texts := make([]json.RawMessage, len(all))
	for i, e := range all {
		texts[i] = e.text
	}
	return texts, nil
}

// exported is an event in the words of OpenLineage.
type exported struct {
	position int64
	text     json.RawMessage
}

// export tells the events about a subject that name a thing: all of them where it is
// the subject itself.
func (k knowledge) export(ctx context.Context, subject, names urn.URN) (all []exported, err error) {
	events, err := k.Events.List(ctx, event.Query{Workspace: k.workspace, Subject: subject.String(), Limit: MaxExport})
	if err != nil {
		return nil, err
	}
	slices.Reverse(events)
	x := exporter{workspace: k.workspace}
	is := func(l event.Link) bool { return local(l.To, k.workspace).String() == names.String() }
	for _, e := range events {
		named := subject.String() == names.String() || slices.ContainsFunc(e.Links, is)
		if e.Links, err = k.of(ctx, e.Links); err != nil {
			return nil, err
		}
		o, ok := x.tell(e)
		if !ok || !named {
			continue
		}
		text, err := json.Marshal(o)
		if err != nil {
			return nil, err
		}
		all = append(all, exported{e.Position, text})
	}
	return all, nil
}

// exportBeside tells the events that name a thing of those that used, made or ran it and
// that the caller may read, the last of them first, until there are MaxExport.
func (k knowledge) exportBeside(ctx context.Context, thing found) (all []exported, err error) {
	beside, err := rows.Collect(ctx, k.DB.Read(), rows.Column[string], selectBeside, k.workspace, thing.id, mostExported)
	if err != nil {
		return nil, err
	}
	for _, text := range beside {
		other, err := urn.Parse(text)
		if err != nil {
			return nil, err
		}
		if some, err := k.of(ctx, []event.Link{{To: other}}); err != nil {
			return nil, err
		} else if len(some) == 0 {
			continue
		}
		more, err := k.export(ctx, other, thing.node.URN)
		if err != nil {
			return nil, err
		}
		if all = append(all, more...); len(all) >= MaxExport {
			break
		}
	}
	return all, nil
}

// knowledge is what may be told of the ends of links.
type knowledge struct {
	*Service
	workspace string
	all       bool            // the caller may read all of the workspace
	behind    bool            // the graph does not know all that happened
	told      map[string]bool // by URN, whether the caller may read it
}

// of leaves the links to what the caller may read.
func (k knowledge) of(ctx context.Context, links []event.Link) (some []event.Link, err error) {
	for _, l := range links {
		name, end := l.To.String(), local(l.To, k.workspace)
		may, known := k.told[name]
		if may = may || k.all && end.Workspace == "" && !isActor(end); !may && !known {
			_, err := k.find(ctx, cmp.Or(end.Workspace, k.workspace), end.In(""))
			if may = err == nil; fault.Is(err, fault.NotFound) && k.behind {
				return nil, takingUp(err)
			} else if err != nil && !fault.Is(err, fault.NotFound) {
				return nil, err
			}
			k.told[name] = may
		}
		if may {
			some = append(some, l)
		}
	}
	return some, nil
}

// exporter tells events of one thing.
type exporter struct {
	workspace string
	job       openJob // of a run, as its first event tells
}

// tell is an event in the words of OpenLineage, false when it has none.
func (x *exporter) tell(e event.Event) (openEvent, bool) {
	raw, _ := e.Data.(json.RawMessage)
	if strings.HasPrefix(e.Verb, "lineage.") {
		return x.again(e, raw)
	}
	if e.Outcome != event.Done || strings.HasPrefix(e.Verb, "access.") || strings.HasPrefix(e.Verb, "audit.") {
		return openEvent{}, false // what people are and do is told elsewhere, to those it concerns
	}
	o := openEvent{EventType: "COMPLETE", EventTime: e.Time.Format(time.RFC3339Nano), Producer: producer, SchemaURL: spec + "RunEvent",
		Run: &openRun{ID: e.ID}, Job: &openJob{Namespace: tacitNamespace + x.workspace, Name: e.Verb}}
	if e.Subject.Kind == "run" {
		return o, x.tellRun(&o, e, raw)
	}
	for _, l := range e.Links {
		if fromEnd(l.Relation) {
			o.Inputs = append(o.Inputs, x.dataset(l.To))
		} else {
			o.Outputs = append(o.Outputs, x.dataset(l.To))
		}
	}
	subject := x.dataset(e.Subject)
	if len(o.Inputs) > 0 || len(e.Links) == 0 {
		o.Outputs = append(o.Outputs, subject)
	} else {
		o.Inputs = append(o.Inputs, subject)
	}
	return o, len(e.Links) > 0 || participle(e.Verb) == created
}

// tellRun completes the event of a run: its job is the experiment.
func (x *exporter) tellRun(o *openEvent, e event.Event, raw json.RawMessage) bool {
	var d struct {
		Experiment string `json:"experiment"`
		Status     string `json:"status"`
	}
	_ = json.Unmarshal(raw, &d) // data of another form tells nothing
	id := e.Subject.Name()
	if len(id) == 32 {
		id = id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
	}
	if !isUUID.MatchString(id) {
		return false
	}
	o.Run.ID = id
	if d.Experiment != "" {
		x.job = openJob{Namespace: tacitNamespace + x.workspace, Name: "experiment/" + d.Experiment}
	}
	if x.job.Name != "" {
		*o.Job = x.job
	}
	switch participle(e.Verb) {
	case created:
		o.EventType = "START"
	case "recorded":
		o.EventType = "RUNNING"
	case "ended":
		o.EventType = map[string]string{"FINISHED": "COMPLETE", "FAILED": "FAIL", "KILLED": "ABORT"}[d.Status]
	default:
		return false
	}
	for _, l := range e.Links {
		switch l.Relation {
		case event.Used:
			o.Inputs = append(o.Inputs, x.dataset(l.To))
		case event.Produced:
			o.Outputs = append(o.Outputs, x.dataset(l.To))
		}
	}
	return o.EventType != ""
}

// again tells what was reported as it was told, without the facets that were
// not kept.
func (x *exporter) again(e event.Event, raw json.RawMessage) (openEvent, bool) {
	var r report
	if json.Unmarshal(raw, &r) != nil || r.Time == "" { // it was emptied
		return openEvent{}, false
	}
	o := openEvent{EventTime: r.Time, Producer: r.Producer}
	switch e.Verb {
	case datasetReported:
		o.SchemaURL, o.Dataset = spec+"DatasetEvent", &openDataset{r.Namespace, r.Name, r.Facets}
		return o, true
	case jobReported:
		o.SchemaURL, o.Job = spec+"JobEvent", &openJob{r.Namespace, r.Name, r.Facets}
	default:
		o.SchemaURL, o.EventType = spec+"RunEvent", r.State
		o.Run, o.Job = &openRun{e.Subject.Name(), r.Facets}, &openJob{Namespace: r.Namespace, Name: r.Name}
	}
	for _, l := range e.Links {
		switch l.Relation {
		case event.Used:
			o.Inputs = append(o.Inputs, x.dataset(l.To))
		case event.Produced:
			o.Outputs = append(o.Outputs, x.dataset(l.To))
		}
	}
	return o, true
}

// dataset is a thing as OpenLineage names it.
func (x *exporter) dataset(u urn.URN) openDataset {
	if u.Kind == "dataset" && len(u.Path) == 2 && u.Workspace == "" {
		return openDataset{Namespace: u.Path[0], Name: u.Path[1]}
	}
	in := x.workspace
	if u.Workspace != "" {
		in = u.Workspace
	}
	d := openDataset{Namespace: tacitNamespace + in, Name: u.In("").String()}
	if u.Kind == "data" {
		version, _ := json.Marshal(map[string]string{"_producer": producer, "_schemaURL": facetSpec, "datasetVersion": u.Name()}) // texts always have a form
		d.Facets = facets{"version": version}
	}
	return d
}
