package repository

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcfile"
	"github.com/tacit-ml/tacit/internal/develop/dataset/pyjson"
	"github.com/tacit-ml/tacit/internal/develop/dataset/yamltext"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// entry is what is read of a stage in dvc.yaml: which data it owns, and how they are
// kept. Commands and variables are a matter of running it.
type entry struct {
	name   string
	many   bool // foreach or matrix: stages come from it, by the names name@…
	wdir   string
	frozen bool
	outs   []dvcfile.Out
	kinds  map[string]string // of outs that are "metrics" or "plots"
	recipe Recipe
}

// parsePipeline reads a dvc.yaml: its stages, and the paths that it calls metrics and
// plots beside them.
func parsePipeline(file string, content []byte) ([]entry, map[string][]string, error) {
	root, err := yamltext.Parse(content)
	if err != nil {
		return nil, nil, fault.New(fault.Invalid, "unable to read: '%s', YAML file structure is corrupted: %s", file, err)
	}
	kinds := map[string][]string{"metrics": paths(root.Get("metrics")), "plots": paths(root.Get("plots"))}
	stages := root.Get("stages")
	if stages == nil {
		return nil, kinds, nil
	}
	if !stages.IsMap() {
		return nil, nil, fault.New(fault.Invalid, "'%s' validation failed.\n\nexpected a dictionary, in stages, line %d", file, stages.Line)
	}
	var all []entry
	above := items(root.Get("vars"))
	for _, s := range stages.Entries {
		name, ok := s.Key.Value.(string)
		if !ok {
			name = fmt.Sprint(s.Key.Value)
		}
		if !s.Node.IsMap() {
			return nil, nil, fault.New(fault.Invalid, "'%s' validation failed.\n\nexpected a dictionary, in stages -> %s, line %d", file, name, s.Node.Line)
		}
		e := entry{name: name, many: s.Node.Get("foreach") != nil || s.Node.Get("matrix") != nil, kinds: map[string]string{}}
		body := s.Node
		if do := body.Get("do"); do != nil {
			body = do
		}
		e.wdir, e.frozen = text(body.Get("wdir")), truth(body.Get("frozen"))
		e.recipe = Recipe{Deps: items(body.Get("deps")), Params: items(body.Get("params")), Always: truth(body.Get("always_changed")), vars: append(slices.Clone(above), items(body.Get("vars"))...)}
		if each := s.Node.Get("foreach"); each != nil {
			e.recipe.each = each.Plain()
		}
		if matrix := s.Node.Get("matrix"); matrix != nil {
			e.recipe.matrix, _ = matrix.Plain().(pyjson.Map)
		}
		if cmd := body.Get("cmd"); cmd != nil {
			e.recipe.Cmd = cmd.Plain()
		}
		for _, kind := range []string{"outs", "metrics", "plots"} {
			begin := len(e.outs)
			if list := body.Get(kind); list != nil {
				e.read(list)
			}
			for _, o := range e.outs[begin:] {
				if kind != "outs" {
					e.kinds[o.Path] = kind
				}
			}
		}
		e.recipe.outs = len(e.outs)
		all = append(all, e)
	}
	return all, kinds, nil
}

// items are those of a list, as plain values.
func items(list *yamltext.Node) (all []any) {
	if list == nil {
		return nil
	}
	for _, i := range list.Items {
		all = append(all, i.Plain())
	}
	return all
}

// paths are those of a list that dvc.yaml has at its top, or of a map of plots.
func paths(list *yamltext.Node) (all []string) {
	if list == nil {
		return nil
	}
	for _, e := range list.Entries {
		if p, ok := e.Key.Value.(string); ok {
			all = append(all, p)
		}
	}
	for _, item := range list.Items {
		if p, ok := item.Value.(string); ok {
			all = append(all, p)
		}
		all = append(all, paths(item)...)
	}
	return all
}

// read takes in a list of outs: each a path, or a map of paths to flags.
func (e *entry) read(list *yamltext.Node) {
	for _, item := range list.Items {
		if p, ok := item.Value.(string); ok {
			e.outs = append(e.outs, dvcfile.Out{Entry: dvcfile.Entry{Path: p}})
			continue
		}
		for _, o := range item.Entries {
			p, ok := o.Key.Value.(string)
			if !ok {
				continue
			}
			out := dvcfile.Out{Entry: dvcfile.Entry{Path: p}, Persist: truth(o.Node.Get("persist")), Remote: text(o.Node.Get("remote"))}
			out.NoCache = o.Node.Get("cache") != nil && !truth(o.Node.Get("cache"))
			out.NoPush = o.Node.Get("push") != nil && !truth(o.Node.Get("push"))
			e.outs = append(e.outs, out)
		}
	}
}

func text(n *yamltext.Node) string {
	if n == nil {
		return ""
	}
	s, _ := n.Value.(string)
	return s
}

func truth(n *yamltext.Node) bool { return n != nil && n.Value == any(true) }

// names are the stages that an entry stands for. Where the list or the matrix that they
// come from is not read, they are the ones that ran.
func (e *entry) names(fill *filling, lock *dvcfile.Lock) []string {
	if !e.many {
		return []string{e.name}
	}
	if all, err := fill.names(); err == nil {
		return all
	}
	var all []string
	for _, s := range lock.Stages {
		if strings.HasPrefix(s.Name, e.name+"@") {
			all = append(all, s.Name)
		}
	}
	return all
}

// flags are what dvc.yaml says of an out. A path with variables stands for the paths
// that have its other parts, in their order.
func (e *entry) flags(p string) (dvcfile.Out, bool) {
	if i := e.position(p); i < len(e.outs) {
		return e.outs[i], true
	}
	return dvcfile.Out{}, false
}

// position is where dvc.yaml names an out, behind all others where it does not.
func (e *entry) position(p string) int {
	for i, o := range e.outs {
		if o.Path == p || matchesTemplate(o.Path, p) {
			return i
		}
	}
	return len(e.outs)
}

func matchesTemplate(template, p string) bool {
	if !strings.Contains(template, "${") {
		return false
	}
	rest, first := p, true
	for {
		literal, variable, more := strings.Cut(template, "${")
		at := strings.Index(rest, literal)
		if at < 0 || first && at > 0 {
			return false
		}
		rest, first = rest[at+len(literal):], false
		if !more {
			return rest == "" || literal == ""
		}
		if _, template, more = strings.Cut(variable, "}"); !more {
			return false
		}
	}
}
