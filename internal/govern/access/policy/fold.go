package policy

import (
	"slices"

	"github.com/tacit-ml/tacit/internal/foundation/filter"
)

// And is a tree that holds where all hold, without what is certain.
func And(nodes ...filter.Node) filter.Node {
	var all filter.And
	for _, n := range nodes {
		switch n := n.(type) {
		case filter.True:
		case filter.False:
			return n
		case filter.And:
			all = append(all, n...)
		default:
			all = append(all, n)
		}
	}
	switch len(all) {
	case 0:
		return filter.True{}
	case 1:
		return all[0]
	}
	return all
}

// Or is a tree that holds where one holds, without what is certain.
func Or(nodes ...filter.Node) filter.Node {
	var all filter.Or
	for _, n := range nodes {
		switch n := n.(type) {
		case filter.False:
		case filter.True:
			return n
		case filter.Or:
			all = append(all, n...)
		default:
			all = append(all, n)
		}
	}
	switch len(all) {
	case 0:
		return filter.False{}
	case 1:
		return all[0]
	}
	return all
}

// Not is a tree that holds where n does not.
func Not(n filter.Node) filter.Node {
	switch n := n.(type) {
	case filter.True:
		return filter.False{}
	case filter.False:
		return filter.True{}
	case filter.Not:
		return n.Node
	}
	return filter.Not{Node: n}
}

// Among is whether a field is one of some texts.
func Among(f filter.Field, texts []string) filter.Node {
	if len(texts) == 0 {
		return filter.False{}
	}
	slices.Sort(texts)
	values := make([]any, len(texts))
	for i, t := range texts {
		values[i] = t
	}
	return filter.Compare{Field: f, Op: filter.In, Values: values}
}

// Constant is the condition that all fulfil, or none.
func Constant(v bool) filter.Node {
	if v {
		return filter.True{}
	}
	return filter.False{}
}
