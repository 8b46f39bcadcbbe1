package inspect

import "go.yaml.in/yaml/v3"

// meant is the node that a node stands for: documents are entered, and aliases followed.
func meant(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	if n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// mappings are a mapping and those that it merges in by "<<", in the order in which
// their keys count: the first that has a key says its value.
func mappings(n *yaml.Node) []*yaml.Node {
	var all []*yaml.Node
	seen := map[*yaml.Node]bool{}
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		if n = meant(n); n == nil || seen[n] {
			return
		}
		seen[n] = true
		switch n.Kind {
		case yaml.SequenceNode: // of what is merged in
			for _, one := range n.Content {
				visit(one)
			}
		case yaml.MappingNode:
			all = append(all, n)
			for i := len(n.Content) - 2; i >= 0; i -= 2 {
				if meant(n.Content[i]).Value == "<<" {
					visit(n.Content[i+1])
				}
			}
		}
	}
	if n = meant(n); n != nil && n.Kind == yaml.MappingNode {
		visit(n)
	}
	return all
}

// child is a key of a mapping and its value, nil when there is none.
func child(n *yaml.Node, key string) (*yaml.Node, *yaml.Node) {
	for _, m := range mappings(n) {
		for i := len(m.Content) - 2; i >= 0; i -= 2 { // the last one counts
			if meant(m.Content[i]).Value == key {
				return m.Content[i], meant(m.Content[i+1])
			}
		}
	}
	return nil, nil
}

// values are all values of a mapping, those that others of the same key replace among
// them.
func values(n *yaml.Node) []*yaml.Node {
	var all []*yaml.Node
	for _, m := range mappings(n) {
		for i := 1; i < len(m.Content); i += 2 {
			all = append(all, meant(m.Content[i]))
		}
	}
	return all
}

// scalar is the text of a key's value, "" when it is none or null.
func scalar(n *yaml.Node, key string) (string, *yaml.Node) {
	_, v := child(n, key)
	if v == nil || v.Kind != yaml.ScalarNode || v.ShortTag() == "!!null" {
		return "", v
	}
	return v.Value, v
}
