// Package search parses MLflow's search grammar into filter's tree: the filter
// strings and order_by clauses of runs, experiments, registered models, model
// versions and logged models.
//
// Words. A filter is comparisons joined by AND; a comparison is an identifier,
// a comparator and a value. An identifier is entity.key, as in metrics.auc or
// params."batch size"; a bare key is an attribute. A grammar declares, for one
// kind of listed thing, its entities, its attributes with type and alias, and
// which comparators each takes.
//
//	node, err := search.Runs.Filter("metrics.auc > 0.9 AND tags.team = 'risk'")
//	orders, err := search.Runs.Orders([]string{"metrics.auc DESC"})
//	where, err := filter.Render(&query, schema, node)
//
// Fields come out under one spelling: the entity is one of Attribute, Metric,
// Param, Tag or Dataset, and an attribute's alias is replaced by its name.
// Orders come out as asked; the caller appends its defaults and tie breakers.
//
// It follows MLflow 3.18, whose parser is a general SQL tokenizer: what users
// rely on is the same, messages included; texts that only an accident of that
// tokenizer accepts are refused. Text has limits on length, comparisons and
// list values. All errors are fault.Invalid.
package search
