package search

import (
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/filter"
)

// The entities of fields.
const (
	Attribute = "attribute"
	Metric    = "metric"
	Param     = "parameter"
	Tag       = "tag"
	Dataset   = "dataset"
)

// Grammar is the language of one kind of listed thing.
type Grammar struct {
	entities map[string]string // each spelling and its entity
	names    string            // the entities, as the message lists them
	// attributes are the keys that may be filtered by, with the type of each;
	// orders those that may be ordered by.
	attributes map[string]filter.Kind
	orders     []string
	ordered    []string // the entities that may be ordered by
	aliases    map[string]string
	// strings, numbers, pairs and data are the comparators of text attributes,
	// number attributes, tags and params, and datasets.
	strings, numbers, pairs, data []filter.Op
	// absent names the search where IS NULL and IS NOT NULL are asked of
	// nothing; "" where tags take them.
	absent string
	// lists are the attributes that IN takes; nil for all.
	lists []string
	// whole means that number attributes take whole numbers only.
	whole bool
	// digits means that number attributes take a number as a text as well.
	digits bool
	// repeats means that an order may name a field again, which changes nothing.
	repeats bool
	// ids are text attributes whose values are whole numbers, equal or not.
	ids []string
	// bare means that a text may be a number or a word as it is written, without
	// quotes, and that a list may be empty.
	bare bool
}

var (
	equality   = []filter.Op{filter.Eq, filter.Ne, filter.Like, filter.ILike}
	listed     = []filter.Op{filter.Eq, filter.Ne, filter.Like, filter.ILike, filter.In, filter.NotIn}
	presence   = []filter.Op{filter.Eq, filter.Ne, filter.Like, filter.ILike, filter.IsNull, filter.NotNull}
	identity   = []filter.Op{filter.Eq, filter.Ne, filter.In, filter.NotIn}
	numeric    = []filter.Op{filter.Eq, filter.Ne, filter.Gt, filter.Ge, filter.Lt, filter.Le}
	attributes = []string{"attribute", "attributes"}
	tags       = []string{"tag", "tags"}
)

func spellings(of map[string][]string) map[string]string {
	m := map[string]string{}
	for entity, spelled := range of {
		for _, s := range spelled {
			m[s] = entity
		}
	}
	return m
}

// Runs is the language of runs/search. Attributes: run_id, run_name, status,
// artifact_uri, user_id, start_time, end_time.
var Runs = &Grammar{
	entities: spellings(map[string][]string{
		Metric:    {"metric", "metrics"},
		Param:     {"parameter", "parameters", "param", "params"},
		Tag:       tags,
		Attribute: {"attribute", "attributes", "attr", "run"},
		Dataset:   {"dataset", "datasets"},
	}),
	names: "Valid values are ['metric', 'parameter', 'tag', 'attribute', 'dataset']",
	attributes: map[string]filter.Kind{
		"artifact_uri": filter.Text, "end_time": filter.Int, "run_id": filter.Text, "run_name": filter.Text,
		"start_time": filter.Int, "status": filter.Text, "user_id": filter.Text,
	},
	ordered: []string{Attribute, Metric, Param, Tag},
	orders:  []string{"artifact_uri", "end_time", "run_id", "run_name", "start_time", "status", "user_id"},
	aliases: map[string]string{
		"created": "start_time", "Created": "start_time",
		"run name": "run_name", "Run name": "run_name", "Run Name": "run_name",
	},
	strings: listed, numbers: numeric, pairs: presence, data: listed,
	lists: []string{"run_id"},
}

// Experiments is the language of experiments/search. Attributes: name,
// experiment_id, creation_time, last_update_time.
var Experiments = &Grammar{
	entities: spellings(map[string][]string{Attribute: attributes, Tag: tags}),
	names:    "Valid entity types are ('attribute', 'attributes', 'tag', 'tags')",
	attributes: map[string]filter.Kind{
		"name": filter.Text, "experiment_id": filter.Text, "creation_time": filter.Int, "last_update_time": filter.Int,
	},
	ordered: []string{Attribute},
	orders:  []string{"name", "experiment_id", "creation_time", "last_update_time"},
	strings: equality, numbers: numeric, pairs: presence,
	lists: []string{"experiment_id"}, whole: true, repeats: true, ids: []string{"experiment_id"},
}

// Models is the language of registered-models/search. Attribute: name; orders:
// name, timestamp, last_updated_timestamp (both are last_updated_timestamp).
var Models = &Grammar{
	entities:   spellings(map[string][]string{Attribute: {"attribute"}, Tag: tags}),
	names:      "Valid entity types are ('attribute', 'tag', 'tags')",
	attributes: map[string]filter.Kind{"name": filter.Text},
	ordered:    []string{Attribute},
	orders:     []string{"name", "last_updated_timestamp"},
	aliases:    map[string]string{"timestamp": "last_updated_timestamp"},
	strings:    listed, numbers: numeric, pairs: equality,
	lists: []string{"name"}, absent: "registered model search",
}

// Versions is the language of model-versions/search. Attributes: name,
// version_number, run_id, source_path; orders: name, version_number,
// creation_timestamp, last_updated_timestamp.
var Versions = &Grammar{
	entities: spellings(map[string][]string{Attribute: {"attribute"}, Tag: tags}),
	names:    "Valid entity types are ('attribute', 'tag', 'tags')",
	attributes: map[string]filter.Kind{
		"name": filter.Text, "version_number": filter.Int, "run_id": filter.Text, "source_path": filter.Text,
	},
	ordered: []string{Attribute},
	orders:  []string{"name", "version_number", "creation_timestamp", "last_updated_timestamp"},
	strings: listed, numbers: numeric, pairs: equality,
	lists: []string{"name", "run_id"}, whole: true, digits: true, absent: "model version search",
}

// LoggedModels is the language of logged-models/search. Attributes: name,
// model_id, experiment_id, model_type, status, status_message, lifecycle_stage,
// source_run_id, artifact_location, creation_timestamp, last_updated_timestamp.
// Its orders are objects of the protocol; OrderField reads their field names.
var LoggedModels = &Grammar{
	entities: spellings(map[string][]string{
		Attribute: {"attributes"}, Metric: {"metrics"}, Param: {"params"}, Tag: {"tags"},
	}),
	names: "Expected one of ['attributes', 'metrics', 'params', 'tags']",
	attributes: map[string]filter.Kind{
		"name": filter.Text, "model_id": filter.Text, "experiment_id": filter.Text, "model_type": filter.Text, "status": filter.Text,
		"status_message": filter.Text, "lifecycle_stage": filter.Text, "source_run_id": filter.Text, "artifact_location": filter.Text,
		"creation_timestamp": filter.Int, "last_updated_timestamp": filter.Int,
	},
	ordered: []string{Attribute, Metric},
	orders: []string{"name", "model_id", "experiment_id", "model_type", "status", "status_message", "lifecycle_stage", "source_run_id",
		"artifact_location", "creation_timestamp", "last_updated_timestamp"},
	aliases: map[string]string{
		"creation_time": "creation_timestamp", "creation_timestamp_ms": "creation_timestamp",
		"last_updated_time": "last_updated_timestamp", "last_updated_timestamp_ms": "last_updated_timestamp",
	},
	strings: listed, numbers: numeric, pairs: listed,
	ids: []string{"experiment_id"}, bare: true,
}

// comparators are what a field takes.
func (g *Grammar) comparators(f filter.Field) []filter.Op {
	switch f.Entity {
	case Metric:
		return numeric
	case Param, Tag:
		return g.pairs
	case Dataset:
		return g.data
	}
	if slices.Contains(g.ids, f.Key) {
		return identity
	}
	if g.attributes[f.Key] == filter.Text {
		return g.strings
	}
	return g.numbers
}

func (g *Grammar) listable(f filter.Field) bool {
	return f.Entity == Dataset || g.lists == nil || slices.Contains(g.lists, f.Key)
}
