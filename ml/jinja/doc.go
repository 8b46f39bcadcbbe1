// Package jinja reads Jinja2 templates into a tree and says what a template
// reaches: which attributes of Python's objects, by which names, however the names
// are put together.
//
// Words: data is text that stands outside of tags; a name is free when the
// template does not make it; an access is a reading of an attribute, by a dot, by
// a key (which Jinja tries as an attribute when the object has no such key), by
// the filter attr, or by a filter or format that takes a name; a name is folded
// when it is computed here from constants as Jinja would.
//
// It renders nothing, knows no extensions but do, loopcontrols, trans and
// Hugging Face's generation, and judges nothing. Grammar and names are those of
// Jinja2 3.1.
package jinja
