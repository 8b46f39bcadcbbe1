package dvcfile

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/develop/dataset/yamltext"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// rule says what a node may be, in the words in which dvc refuses another.
type rule func(c *check, n *yamltext.Node)

// check is a walk through a file that collects what is wrong.
type check struct {
	at       []string
	problems []problem
}

type problem struct {
	text  string
	depth int
}

// maxProblems is how many mistakes of a file are told.
const maxProblems = 20

func (c *check) fail(n *yamltext.Node, message string) {
	where := ""
	if len(c.at) > 0 {
		where = ", in " + strings.Join(c.at, " -> ")
	}
	c.problems = append(c.problems, problem{fmt.Sprintf("%s%s, line %d, column %d", message, where, n.Line, n.Column), len(c.at)})
}

func (c *check) below(key string, n *yamltext.Node, r rule) {
	c.at = append(c.at, key)
	r(c, n)
	c.at = c.at[:len(c.at)-1]
}

// validate gives fault.Invalid with what dvc would say of the file.
func validate(name string, n *yamltext.Node, r rule) error {
	c := &check{}
	r(c, n)
	if len(c.problems) == 0 {
		return nil
	}
	count, told := "", make([]string, 0, len(c.problems))
	for _, p := range c.problems {
		told = append(told, p.text)
	}
	if len(told) > 1 {
		count = fmt.Sprintf(": %d errors", len(told))
	}
	if len(told) > maxProblems {
		told = append(told[:maxProblems], "and more")
	}
	return fault.New(fault.Invalid, "'%s' validation failed%s.\n\n%s", name, count, strings.Join(told, "\n"))
}

func (c *check) scalar(n *yamltext.Node, ok bool, message string) {
	if !ok {
		c.fail(n, message)
	}
}

func text(c *check, n *yamltext.Node) {
	_, ok := n.Value.(string)
	c.scalar(n, ok, "expected str")
}

// A bool is an int to Python.
func integer(c *check, n *yamltext.Node) {
	switch n.Value.(type) {
	case int64, *big.Int, bool:
	default:
		c.fail(n, "expected int")
	}
}

func boolean(c *check, n *yamltext.Node) {
	_, ok := n.Value.(bool)
	c.scalar(n, ok, "expected bool")
}

func anything(*check, *yamltext.Node) {}

func dictionary(c *check, n *yamltext.Node) { c.scalar(n, n.IsMap(), "expected a dictionary") }

// checksum takes nothing, text of at least three characters, or a number of at
// least three digits: what YAML reads as one was a hash when it was written.
func checksum(c *check, n *yamltext.Node) {
	ok := false
	switch v := n.Value.(type) {
	case nil:
		ok = !n.IsMap() && !n.IsList()
	case string:
		length := utf8.RuneCountInString(v)
		ok = length == 0 || length >= 3
	case bool:
		ok = true
	case int64, *big.Int:
		ok = len(fmt.Sprint(v)) >= 3
	}
	c.scalar(n, ok, "not a valid value")
}

func textOrList(c *check, n *yamltext.Node) {
	_, ok := n.Value.(string)
	c.scalar(n, ok || n.IsList(), "expected str")
}

func textOrMap(c *check, n *yamltext.Node) {
	_, ok := n.Value.(string)
	c.scalar(n, ok || n.IsMap(), "expected str")
}

func version(c *check, n *yamltext.Node) {
	c.scalar(n, n.Value == any("2.0"), "invalid schema version")
}

// orNothing takes what r takes, and null.
func orNothing(r rule) rule {
	return func(c *check, n *yamltext.Node) {
		if n.IsMap() || n.IsList() || n.Value != nil {
			r(c, n)
		}
	}
}

// listOf stops, as dvc does, at the first item in which something is wrong, and
// tells of no other then; items that are wrong as a whole are told together.
func listOf(r rule) rule {
	return func(c *check, n *yamltext.Node) {
		if !n.IsList() {
			c.fail(n, "expected a list")
			return
		}
		before := len(c.problems)
		for i, item := range n.Items {
			known := len(c.problems)
			c.below(fmt.Sprint(i), item, r)
			if len(c.problems) > known && c.problems[known].depth > len(c.at)+1 {
				c.problems = slices.Delete(c.problems, before, known)
				return
			}
		}
	}
}

// record takes a map with these keys, of which those named are required.
func record(keys map[string]rule, required ...string) rule {
	return func(c *check, n *yamltext.Node) {
		if !n.IsMap() {
			c.fail(n, "expected a dictionary")
			return
		}
		for _, e := range n.Entries {
			key, isText := e.Key.Value.(string)
			r, ok := keys[key]
			if !ok || !isText {
				c.below(fmt.Sprint(e.Key.Value), e.Key, func(c *check, n *yamltext.Node) { c.fail(n, "extra keys not allowed") })
				continue
			}
			c.below(key, e.Node, r)
		}
		for _, key := range required {
			if n.Get(key) == nil {
				c.below(key, n, func(c *check, n *yamltext.Node) { c.fail(n, "required key not provided") })
			}
		}
	}
}

// mapOf takes a map with any keys that are text, at most most of them.
func mapOf(r rule, most int) rule {
	return func(c *check, n *yamltext.Node) {
		if !n.IsMap() {
			c.fail(n, "expected a dictionary")
			return
		}
		before := len(c.problems)
		for _, e := range n.Entries {
			key, ok := e.Key.Value.(string)
			if !ok {
				c.below(fmt.Sprint(e.Key.Value), e.Key, func(c *check, n *yamltext.Node) { c.fail(n, "expected str") })
				continue
			}
			c.below(key, e.Node, r)
		}
		if most > 0 && len(n.Entries) > most && len(c.problems) == before {
			c.fail(n, fmt.Sprintf("length of value must be at most %d", most))
		}
	}
}

// with is a set of keys and more of them.
func with(sets ...map[string]rule) map[string]rule {
	all := map[string]rule{}
	for _, set := range sets {
		for k, r := range set {
			all[k] = r
		}
	}
	return all
}

func dataKeys() map[string]rule {
	return map[string]rule{
		"md5": checksum, "checksum": checksum, "etag": checksum,
		"size": integer, "nfiles": integer, "isexec": boolean, "version_id": text,
	}
}

func entryKeys() map[string]rule {
	cloud := mapOf(record(dataKeys()), 1)
	return with(dataKeys(), map[string]rule{
		"path": text, "persist": boolean, "cloud": cloud, "hash": text,
		"files": listOf(record(with(dataKeys(), map[string]rule{"relpath": text, "cloud": cloud}), "relpath")),
	})
}

// stageRule is what a .dvc file may say.
func stageRule() rule {
	out := record(with(entryKeys(), map[string]rule{
		"desc": text, "type": text, "labels": listOf(text), "meta": anything,
		"cache": boolean, "remote": text, "push": boolean, "fs_config": dictionary,
	}), "path")
	dep := record(with(entryKeys(), map[string]rule{
		"fs_config": dictionary,
		"repo":      record(map[string]rule{"url": text, "rev": text, "rev_lock": text, "config": textOrMap, "remote": textOrMap}, "url"),
		"db":        record(map[string]rule{"query": text, "connection": text, "file_format": text, "table": text}),
	}))
	return record(map[string]rule{
		"md5": checksum, "wdir": orNothing(text), "deps": orNothing(listOf(dep)), "outs": orNothing(listOf(out)),
		"locked": boolean, "frozen": boolean, "meta": anything, "always_changed": boolean, "desc": text,
	})
}

// lockStageRule is what a stage of dvc.lock may say, and a file of the run cache.
func lockStageRule() rule {
	data := entryKeys()
	delete(data, "persist")
	data["dataset"] = dictionary
	return record(map[string]rule{
		"cmd": textOrList, "deps": listOf(record(data, "path")), "outs": listOf(record(data, "path")),
		"params": mapOf(mapOf(anything, 0), 0),
	}, "cmd")
}

// lockRule is what dvc.lock may say.
func lockRule() rule {
	return record(map[string]rule{"schema": version, "datasets": anything, "stages": mapOf(lockStageRule(), 0)}, "schema")
}
