// Package filter is the tree that every list's filter becomes, and its one
// renderer to SQL.
//
// Words. A grammar (MLflow's, a policy's, a page's) is parsed into a tree of
// nodes over fields; a schema says where each field lives in a room's tables;
// Render turns tree and schema into an SQL condition for a dialect. Orders and
// keyset positions are rendered by the same schema, so that a page after
// 10,000 costs what the first costs.
//
// A list is rendered in three parts:
//
//	q := filter.Query{Dialect: db.Dialect()}
//	c, err := filter.List{Schema: s, Where: node, Orders: orders, After: keys}.Render(&q)
//	// "SELECT m.name, "+c.Keys+" FROM registry_model m"+c.Joins+" WHERE m.workspace = "+q.Arg(w)+
//	//   " AND "+c.Where+" ORDER BY "+c.OrderBy+" LIMIT "+q.Arg(n), with q.Args()
//
// A Marker scans c.Keys, and what it read from a page's last record is the
// position of the page's end: package page makes a token of it.
//
// It parses no grammar itself: MLflow's lives in filter/search.
package filter

// Op compares a field with a value.
type Op uint8

// The operators. Like tells letters apart, ILike does not; both take % and _.
const (
	Eq Op = iota
	Ne
	Lt
	Le
	Gt
	Ge
	Like
	ILike
	In
	NotIn
	IsNull
	NotNull
)

var opNames = [...]string{"=", "!=", "<", "<=", ">", ">=", "LIKE", "ILIKE", "IN", "NOT IN", "IS NULL", "IS NOT NULL"}

// String is the operator as the grammar writes it.
func (o Op) String() string { return opNames[o] }

// Field names what is compared: an entity and a key of it, as in
// {"metric", "auc"}, {"tag", "team"}, {"attribute", "status"}.
type Field struct {
	Entity string
	Key    string
}

// Node is a condition: And, Or, Not, Compare, Listed, True or False.
type Node interface{ node() }

type (
	// And holds when all hold; an empty And holds.
	And []Node
	// Or holds when one holds; an empty Or does not.
	Or []Node
	// Not holds when its node does not.
	Not struct{ Node Node }
	// Compare holds when the field has a value and it compares so. A
	// comparison with a field that has no value does not hold, Ne included;
	// IsNull holds then.
	Compare struct {
		Field  Field
		Op     Op
		Values []any // string, float64 or int64; one for most operators, several for In and NotIn, none for IsNull and NotNull
	}
	// Listed holds when the field names a thing of another room's list that a
	// condition selects: what an event is about, as that room keeps it.
	Listed struct {
		Field Field
		From  string // "tracking_run r"
		// On joins what is listed, as r, with the field, for which "@" stands:
		// "r.run = substr(@, 11)".
		On        string
		Workspace string // of what is listed
		Schema    Schema // of Where
		Where     Node
	}
	// True always holds: what a person who may see all may see.
	True struct{}
	// False never holds.
	False struct{}
)

func (And) node()     {}
func (Or) node()      {}
func (Not) node()     {}
func (Compare) node() {}
func (Listed) node()  {}
func (True) node()    {}
func (False) node()   {}

// Order is one key to sort by. Values come first, then NaN, then what has no
// value, in both directions.
type Order struct {
	Field Field
	Desc  bool
}
