package loggedmodel

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/caller"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/filter/search"
	"github.com/tacit-ml/tacit/internal/foundation/label"
	"github.com/tacit-ml/tacit/internal/foundation/page"
)

// Limits of a search.
const (
	MaxPage        = 10_000
	maxExperiments = 10_000
	maxDatasets    = 100
)

// Dataset names a dataset, of any digest when Digest is "".
type Dataset struct{ Name, Digest string }

// Order is one key to sort by: an attribute, or metrics.<key>.
type Order struct {
	Field   string
	Desc    bool
	Dataset Dataset // of a metric: only its points on this dataset count; zero for all
}

// Search asks for a page of models.
type Search struct {
	Experiments []string  // ids; none gives no models
	Filter      string    // MLflow's grammar; a metric is compared by its latest point
	Datasets    []Dataset // points on other datasets do not count; models without any on these are left out unless the filter names a metric
	OrderBy     []Order   // then the newest first, then by id
	Max         int       // 1 to MaxPage
	Token       string    // of the page before, "" for the first
}

// Page is one page.
type Page struct {
	Models []Model
	Next   string // token of the next page, "" when this is the last
}

// The fields that are no words of the grammar: the orders, by their place, and
// whether a model has points on the datasets asked for.
const (
	orderEntity    = "order"
	measuredEntity = "measured"
	// statusRank is what an order by status means: the way of a model, not the
	// alphabet.
	statusRank = "status_rank"
	// objectTagEntity is the word of decisions for the listed model's own tags.
	objectTagEntity = "object-tag"
)

// schema places the fields of models, listed as r.
type schema struct {
	query    *filter.Query
	orders   []Order
	datasets []Dataset
}

// Place finds a field.
func (s schema) Place(f filter.Field) (filter.Place, bool) {
	if p, ok := tracking.InExperiment(f); ok {
		return p, true
	}
	switch f.Entity {
	case search.Param:
		return pairs("tracking_logged_model_param"), true
	case search.Tag, objectTagEntity:
		return pairs("tracking_logged_model_tag"), true
	case search.Metric:
		return s.metric("@.key", s.datasets), true
	case orderEntity:
		return s.orderPlace(f.Key)
	case measuredEntity:
		return filter.Place{Kind: filter.Float, Pairs: &filter.Pairs{Table: "tracking_logged_model_metric",
			On: belongs + s.on("@", s.datasets), Value: "@.value"}}, true
	}
	return attribute(f.Key)
}

func attribute(key string) (filter.Place, bool) {
	switch key {
	case "name", "status", "artifact_location":
		return filter.Place{Kind: filter.Text, Column: "r." + key}, true
	case "model_type":
		return filter.Place{Kind: filter.Text, Column: "r.model_type", Blank: true}, true
	case "lifecycle_stage":
		return filter.Place{Kind: filter.Text, Column: "r.lifecycle"}, true
	case "status_message": // no client can give one
		return filter.Place{Kind: filter.Text, Column: "CAST('' AS TEXT)", Blank: true}, true
	case statusRank:
		return filter.Place{Kind: filter.Int, Column: "CASE r.status WHEN 'PENDING' THEN 1 WHEN 'READY' THEN 2 ELSE 3 END"}, true
	case "model_id", "id":
		return filter.Place{Kind: filter.Text, Column: "r.model"}, true
	case "source_run_id":
		return filter.Place{Kind: filter.Text, Column: "r.source_run", Blank: true}, true
	case "experiment_id":
		return filter.Place{Kind: filter.Int, Column: "r.experiment"}, true
	case "creation_timestamp":
		return filter.Place{Kind: filter.Int, Column: "r.created"}, true
	case "last_updated_timestamp":
		return filter.Place{Kind: filter.Int, Column: "r.updated"}, true
	}
	return filter.Place{}, false
}

func pairs(table string) filter.Place {
	return filter.Place{Kind: filter.Text, Pairs: &filter.Pairs{Table: table, On: belongs, Key: "@.key", Value: "@.value"}}
}

// metric places the latest point of a key on datasets.
func (s schema) metric(key string, datasets []Dataset) filter.Place {
	return filter.Place{Kind: filter.Float, Pairs: &filter.Pairs{
		Table: "tracking_logged_model_metric",
		On:    belongs + s.on("@", datasets) + latest + s.on("n", datasets) + endLatest,
		Key:   key, Value: "@.value", NaN: "@.is_nan",
	}}
}

// orderPlace places an order by a metric; its key is in the condition, since
// the field's is the order's place.
func (s schema) orderPlace(place string) (filter.Place, bool) {
	i, err := strconv.Atoi(place)
	if err != nil || i < 0 || i >= len(s.orders) {
		return filter.Place{}, false
	}
	o := s.orders[i]
	_, key, _ := strings.Cut(o.Field, ".")
	datasets := s.datasets
	p := s.metric("", datasets)
	own := ""
	if o.Dataset != (Dataset{}) {
		own = s.only("@", o.Dataset)
		p.Pairs.On = belongs + s.on("@", datasets) + own + latest + s.on("n", datasets) + s.only("n", o.Dataset) + endLatest
	}
	p.Pairs.On += " AND @.key = " + s.query.Arg(strings.Trim(key, "`\""))
	return p, true
}

// on is the condition that a point aliased so is on one of the datasets.
func (s schema) on(alias string, datasets []Dataset) string {
	if len(datasets) == 0 {
		return ""
	}
	any := make([]string, len(datasets))
	for i, d := range datasets {
		any[i] = "(TRUE" + s.only(alias, d) + ")"
	}
	return " AND (" + strings.Join(any, " OR ") + ")"
}

// only is the condition that a point aliased so is on the dataset.
func (s schema) only(alias string, d Dataset) string {
	condition := ""
	if d.Name != "" {
		condition += " AND " + alias + ".dataset_name = " + s.query.Arg(d.Name)
	}
	if d.Digest != "" {
		condition += " AND " + alias + ".dataset_digest = " + s.query.Arg(d.Digest)
	}
	return condition
}

// Search gives a page of the models that the caller may see, with all they
// have; deleted ones are not among them.
func (s *Service) Search(ctx context.Context, q Search) (_ Page, err error) {
	defer fault.Wrap(&err, "loggedmodel.Search")
	within, err := q.check()
	if err != nil {
		return Page{}, err
	}
	query := filter.Query{Dialect: s.DB.Dialect()}
	l := filter.List{Schema: schema{&query, q.OrderBy, q.Datasets}}
	if l.Where, err = q.where(); err != nil {
		return Page{}, err
	}
	visible, err := s.Access.Visible(ctx, "logged-model.read")
	if err != nil {
		return Page{}, err
	}
	l.Where = filter.And{l.Where, visible}
	if l.Orders, err = q.orders(); err != nil {
		return Page{}, err
	}
	scope := q.scope()
	if l.After, err = page.Open(s.PageKey, scope, q.Token); err != nil || len(within) == 0 {
		return Page{}, err
	}
	from := filter.Statement{Select: searchModels, From: "tracking_logged_model r",
		Where: "r.workspace = " + query.Arg(caller.Workspace(ctx)) + " AND r.experiment IN " + query.In(within...) + " AND r.lifecycle = 'active'"}
	all, end, err := filter.Fetch(ctx, s.DB.Read(), &query, l, from, q.Max, scanInto)
	if err != nil {
		return Page{}, err
	}
	if err := s.fill(ctx, all); err != nil {
		return Page{}, err
	}
	return Page{all, page.Next(s.PageKey, scope, end)}, nil
}

// check checks the search's size and gives its experiments as numbers.
func (q Search) check() ([]any, error) {
	switch {
	case q.Max < 1 || q.Max > MaxPage:
		return nil, invalid("Invalid value %d for parameter 'max_results' supplied. It must be at least 1 and at most %d", q.Max, MaxPage)
	case len(q.Experiments) > maxExperiments:
		return nil, invalid("A search looks at %d experiments at most, %d were named.", maxExperiments, len(q.Experiments))
	case len(q.Datasets) > maxDatasets:
		return nil, invalid("A search names %d datasets at most, %d were named.", maxDatasets, len(q.Datasets))
	}
	for _, d := range q.Datasets {
		if d.Name == "" {
			return nil, invalid("`dataset_name` in the `datasets` clause must be specified.")
		}
		if !label.Storable(d.Name) || !label.Storable(d.Digest) {
			return nil, invalid("The name or digest of a dataset is no text.")
		}
	}
	within := make([]any, len(q.Experiments))
	for i, text := range q.Experiments {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, invalid("Invalid experiment ID '%s'. Experiment ID must be a valid integer.", text)
		}
		within[i] = n
	}
	return within, nil
}

// where parses the filter. Where it names no metric, the datasets ask for
// models with any point on them.
func (q Search) where() (filter.Node, error) {
	parsed, err := search.LoggedModels.Filter(q.Filter)
	if err != nil {
		return nil, err
	}
	measured := len(q.Datasets) == 0
	all, _ := parsed.(filter.And)
	for _, part := range all {
		c, ok := part.(filter.Compare)
		if !ok {
			continue
		}
		measured = measured || c.Field.Entity == search.Metric
		if c.Field == (filter.Field{Entity: search.Attribute, Key: "status"}) {
			if err := checkStatuses(c); err != nil {
				return nil, err
			}
		}
	}
	if !measured {
		return filter.And{parsed, filter.Compare{Field: filter.Field{Entity: measuredEntity}, Op: filter.NotNull}}, nil
	}
	return parsed, nil
}

func checkStatuses(c filter.Compare) error {
	switch c.Op {
	case filter.Eq, filter.Ne, filter.In, filter.NotIn:
	default:
		return invalid("Invalid comparison operator for status: %s", c.Op)
	}
	for _, v := range c.Values {
		name, _ := v.(string)
		if _, err := ParseStatus(name); err != nil && name != "UNSPECIFIED" {
			return invalid("Unknown model status in filter: '%s'", name)
		}
	}
	return nil
}

// orders reads the orders and appends the defaults.
func (q Search) orders() ([]filter.Order, error) {
	if len(q.OrderBy) > search.MaxOrders {
		return nil, invalid("order_by has %d clauses, at most %d are taken.", len(q.OrderBy), search.MaxOrders)
	}
	var all []filter.Order
	named := map[filter.Field]bool{}
	for i, o := range q.OrderBy {
		if !label.Storable(o.Field) || !label.Storable(o.Dataset.Name) || !label.Storable(o.Dataset.Digest) {
			return nil, invalid("An order is no text.")
		}
		if entity, _, dotted := strings.Cut(o.Field, "."); dotted && entity != "metrics" && entity != "attributes" {
			return nil, invalid("Invalid order by field name: %s. Only metrics are supported.", o.Field)
		}
		f, err := search.LoggedModels.OrderField(o.Field)
		if err != nil {
			return nil, err
		}
		if f == (filter.Field{Entity: search.Attribute, Key: "status"}) {
			f.Key = statusRank
		}
		if f.Entity == search.Metric {
			f = filter.Field{Entity: orderEntity, Key: strconv.Itoa(i)}
		} else if named[f] {
			continue // the first has the say
		}
		named[f] = true
		all = append(all, filter.Order{Field: f, Desc: o.Desc})
	}
	for _, last := range []filter.Order{
		{Field: filter.Field{Entity: search.Attribute, Key: "creation_timestamp"}, Desc: true},
		{Field: filter.Field{Entity: search.Attribute, Key: "model_id"}},
	} {
		if !named[last.Field] {
			all = append(all, last)
		}
	}
	return all, nil
}

// scope is all that a token belongs to.
func (q Search) scope() string {
	asked, err := json.Marshal(struct {
		Datasets []Dataset
		OrderBy  []Order
	}{q.Datasets, q.OrderBy})
	if err != nil {
		panic(err) // texts and truth values are JSON
	}
	return page.Scope("logged-models", strings.Join(q.Experiments, ","), q.Filter, string(asked))
}
