// Package develop makes the pages of the guide's first chapter: experiments,
// their runs, a run with its curves and artifacts, and runs side by side.
//
// Words. The filter line of a list is MLflow's search grammar, given to the
// service as it was typed; what is wrong with it is said at the line. A column
// is a metric or a param of the runs shown. Metrics that are the same measure
// on training and other data share one chart: training dashed.
//
// It does not write: what changes experiments and runs is the clients.
package develop
