package keras

import (
	"errors"
	"strconv"
	"strings"
)

// Object is a class or a function that a loader makes or looks up by name.
type Object struct {
	Place      string
	Offset     int64 // of its text
	Length     int64
	Class      string // class_name; of a function its name
	Function   bool
	Module     string // "" when the configuration names none
	Registered string // registered_name, package>name of what a program registered

	node   uint32
	config uint32 // the object's settings, 0 when there are none
}

// Code is marshalled Python code.
type Code struct {
	Place  string
	Offset int64
	Length int64
	Bytes  []byte // nil when the text is not Base64
}

// Twice is a name that stands twice in one object, so that readers of JSON may
// see different values.
type Twice struct {
	Place  string
	Name   string
	Offset int64
}

// Config is what a configuration names. Offsets are bytes of the text in UTF-8.
type Config struct {
	Encoding string // "UTF-8", unless it was written in something else
	Objects  []Object
	Code     []Code
	Twice    []Twice
	document
}

// ErrOther is given for JSON that configures nothing of Keras.
var ErrOther = errors.New("keras: it is JSON and no configuration of Keras")

// Read parses a configuration: of a model, of its training, or of a part. An
// error tells that it is no JSON, not one of Keras, or beyond the limits: a
// million values, nested ten thousand deep.
func Read(raw []byte) (*Config, error) {
	text, encoding, err := decode(raw)
	if err != nil {
		return nil, err
	}
	doc, err := parse(text)
	if err != nil {
		return nil, err
	}
	c := &Config{Encoding: encoding, document: doc}
	w := walk{Config: c, seen: map[int64]bool{}}
	w.value(0)
	if len(c.Objects) == 0 && len(c.Code) == 0 {
		return nil, ErrOther
	}
	return c, nil
}

// Text is the string that an object's settings have under a name, and where it
// stands.
func (c *Config) Text(o Object, name string) (text string, offset int64, ok bool) {
	if o.config == 0 {
		return "", 0, false
	}
	n, ok := c.member(o.config, name)
	if !ok || c.nodes[n].kind != kindString {
		return "", 0, false
	}
	return c.string(n), int64(c.nodes[n].from), true
}

// Within are the strings of an object's setting of a name and of all that lies
// in it, at most the first most.
func (c *Config) Within(o Object, name string, most int) []string {
	if o.config == 0 {
		return nil
	}
	root, ok := c.member(o.config, name)
	if !ok {
		return nil
	}
	var out []string
	for n := root; n < c.nodes[root].after && len(out) < most; n++ {
		if c.nodes[n].kind == kindString {
			out = append(out, c.string(n))
		}
	}
	return out
}

// walk goes through a whole document.
type walk struct {
	*Config
	steps []string
	seen  map[int64]bool // strings that are noted as code
}

func (w *walk) value(n uint32) {
	switch w.nodes[n].kind {
	case kindString:
		w.marshalled(n)
	case kindArray:
		w.items(n, func(i int, value uint32) bool {
			if k := w.nodes[value].kind; k >= kindString {
				w.step("["+strconv.Itoa(i)+"]", value)
			}
			return true
		})
	case kindObject:
		w.object(n)
		w.members(n, func(name string, value uint32) bool {
			w.step("."+name, value)
			return true
		})
	}
}

func (w *walk) step(name string, n uint32) {
	w.steps = append(w.steps, name)
	w.value(n)
	w.steps = w.steps[:len(w.steps)-1]
}

// place writes the way to the current value; of a long one the end.
func (w *walk) place() string {
	const most = 24
	if n := len(w.steps); n > most {
		return "…" + strings.Join(w.steps[n-most:], "")
	}
	return strings.TrimPrefix(strings.Join(w.steps, ""), ".")
}

// telling are the names of an object by which a loader goes.
var telling = []string{"class_name", "config", "module", "registered_name", "function", "spec_name"}

func (w *walk) object(n uint32) {
	count := map[string]int{}
	w.members(n, func(name string, value uint32) bool {
		if count[name]++; count[name] == 2 && isTelling(name) {
			w.Twice = append(w.Twice, Twice{Place: w.place(), Name: name, Offset: int64(w.nodes[value].from)})
		}
		return true
	})
	w.legacyCode(n, count)
	class, ok := w.member(n, "class_name")
	if !ok || w.nodes[class].kind != kindString {
		return
	}
	o := Object{
		Place: w.place(), Offset: int64(w.nodes[n].from), Length: int64(w.nodes[n].to - w.nodes[n].from), node: n,
		Class: w.string(class), Module: w.text(n, "module"), Registered: w.text(n, "registered_name"),
	}
	if config, ok := w.member(n, "config"); ok {
		switch {
		case w.nodes[config].kind == kindObject:
			o.config = config
		case o.Class == "function" && w.nodes[config].kind == kindString:
			o.Class, o.Function = w.string(config), true
		}
	}
	if o.Class == "__typespec__" {
		o.Class = w.text(n, "spec_name")
	}
	w.Objects = append(w.Objects, o)
	w.objectCode(o)
}

func isTelling(name string) bool {
	for _, t := range telling {
		if t == name {
			return true
		}
	}
	return false
}

func (w *walk) text(n uint32, name string) string {
	if v, ok := w.member(n, name); ok && w.nodes[v].kind == kindString {
		return w.string(v)
	}
	return ""
}

// Loadable reports whether a loader of Keras would take the configuration for a
// model: it is an object itself, or Keras 3 finds one in it.
func (c *Config) Loadable() bool {
	for _, o := range c.Objects {
		_, module := c.member(o.node, "module")
		_, registered := c.member(o.node, "registered_name")
		_, config := c.member(o.node, "config")
		if config && (o.node == 0 || module || registered) {
			return true
		}
		switch o.Place {
		case "model_config", "modelTopology", "modelTopology.model_config":
			return true
		}
	}
	return len(c.Code) > 0
}
