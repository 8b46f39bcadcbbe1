package inspect

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/archive"
	"github.com/tacit-ml/tacit/ml/jinja"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// Rules of templates.
const (
	RuleTemplateEscape    = "template-escape"    // an attribute leads out of the template into Python
	RuleTemplateComputed  = "template-computed"  // which attribute is read cannot be said
	RuleTemplateLoad      = "template-load"      // another template is read
	RuleTemplateLure      = "template-lure"      // text that only some messages bring out
	RuleTemplateExpansion = "template-expansion" // work without measure
)

// looksTemplate takes a source for a template by its name, or because its first
// letters are a tag.
func looksTemplate(s *Source) bool {
	switch path.Ext(s.Name()) {
	case ".jinja", ".jinja2", ".j2":
		return looksText(s)
	}
	start := strings.TrimLeft(string(s.Head[:min(len(s.Head), 256)]), " \r\n\t")
	return (strings.HasPrefix(start, "{%") || strings.HasPrefix(start, "{{") || strings.HasPrefix(start, "{#")) && looksText(s)
}

// mostTemplate is the longest template that is read; those of models have some
// ten thousand bytes.
const mostTemplate = 256 << 10

func readTemplate(_ *visit, s *Source) Reading {
	named := strings.HasPrefix(path.Ext(s.Name()), ".j")
	t, err := text(s, mostTemplate)
	if err != nil {
		return unfinished("jinja", s, err)
	}
	r := whole("jinja", s)
	findings, unread := template(s, string(t), 0, true)
	if unread != "" {
		if !named {
			return foreign()
		}
		r.Status, r.Reason = pickle.Inconclusive, unread
	}
	r.Findings = findings
	return r
}

// chats reports whether a file can be the template of a chat, which transformers keeps as
// chat_template.jinja and in additional_chat_templates, and servers take by any name.
func chats(s *Source) bool {
	return path.Ext(s.Name()) == ".jinja" || strings.Contains(strings.ToLower(s.Path), "chat")
}

// template judges a template that stands at an offset of a source; exact says
// whether its bytes stand there as they are: it is a file. unread is why it was not understood.
func template(s *Source, t string, at int64, exact bool) (findings []Finding, unread string) {
	if len(t) > mostTemplate {
		return nil, fmt.Sprintf("the budget of %d bytes of a template was used up", mostTemplate)
	}
	body, err := jinja.Parse(t)
	if err != nil {
		return nil, err.Error()
	}
	place := func(n int) int64 {
		if exact {
			return at + int64(n)
		}
		return at
	}
	add := func(rule string, severity Severity, n int, name, args, why string) {
		if len(findings) < mostTemplateFindings {
			f := against(s, rule, severity, place(n), why)
			f.Name, f.Args = name, short(args)
			findings = append(findings, f)
		}
	}
	r := jinja.Reaches(body)
	for _, a := range r.Accesses {
		if severity, rule, why := judgeAccess(a); why != "" {
			add(rule, severity, a.At, a.Name, a.Of, why)
		}
	}
	for _, u := range r.Unfolded {
		add(RuleTemplateComputed, pickle.Medium, u.At, "", u.Name, "the name of an attribute is computed from more than is followed")
	}
	for _, u := range r.Free {
		if why := judgeName(u, r.Accesses); why != "" {
			add(RuleTemplateEscape, pickle.Medium, u.At, u.Name, "", why)
		}
	}
	for _, u := range r.Loads {
		if exact && !chats(s) && u.Of != "" && !archive.LeadsOut(u.Of) {
			continue // a page of several files
		}
		add(RuleTemplateLoad, pickle.Medium, u.At, u.Name, u.Of, "the template reads another one, by "+u.Name)
	}
	for _, l := range r.Lures {
		add(RuleTemplateLure, pickle.Medium, l.At, "", l.Text, fmt.Sprintf("when a message has %q, the template adds text of its own that nobody wrote", l.Word))
	}
	for _, u := range r.Loops {
		add(RuleTemplateExpansion, pickle.Medium, u.At, u.Name, "", fmt.Sprintf("more than %d turns or letters are made by %s", jinja.MostTurns, u.Name))
	}
	return findings, ""
}

// mostTemplateFindings bounds what is told of one template.
const mostTemplateFindings = 100

// judgeAccess says what there is to say against the reading of an attribute;
// why is "" when there is nothing.
func judgeAccess(a jinja.Access) (severity Severity, rule, why string) {
	bare := strings.Trim(strings.ReplaceAll(a.Name, jinja.Gap, ""), "_")
	partial := strings.Contains(a.Name, jinja.Gap)
	how := fmt.Sprintf("the template reads %q of %s, %s", a.Name, a.Of, a.Way)
	if a.Computed {
		how += ", and puts the name together so that it is not seen"
	}
	switch {
	case a.Name == "":
		return pickle.Medium, RuleTemplateComputed, fmt.Sprintf("the template reads an attribute of %s whose name nobody can say, %s", a.Of, a.Way)
	case partial && (strings.Contains(a.Name, "__") || slices.Contains(dunders(), bare)):
		return pickle.High, RuleTemplateEscape, how + ": a part of it is not known, what is looks like Python's own names"
	case partial:
		return 0, "", ""
	case strings.HasPrefix(a.Name, "__") && slices.Contains(dunders(), bare), strings.HasPrefix(a.Name, "_TemplateReference"), slices.Contains(frames(), a.Name):
		return pickle.Critical, RuleTemplateEscape, how + ", which leads to every class and module of the process that renders it"
	case strings.HasPrefix(a.Name, "__"):
		return pickle.High, RuleTemplateEscape, how + ", one of Python's own names"
	case a.Called && slices.Contains(commands(), a.Name):
		return pickle.Critical, RuleTemplateEscape, how + " and calls it: it runs a command"
	case a.Way == jinja.ByFilter && (a.Name == "format" || a.Name == "format_map"):
		return pickle.High, RuleTemplateEscape, how + ", by which sandboxes were left (CVE-2024-56326, CVE-2025-27516)"
	case strings.HasPrefix(a.Name, "_") && len(bare) > 0 && a.Way != jinja.ByKey:
		return pickle.Medium, RuleTemplateEscape, how + ", which is private"
	}
	return 0, "", ""
}

// dunders are names of Python's that ways out of a template go through, without
// their underscores.
func dunders() []string {
	return []string{
		"class", "mro", "base", "bases", "subclasses", "globals", "builtins", "import", "init", "dict", "getattribute", "getattr", "getitem",
		"code", "closure", "func", "self", "module", "reduce", "reduce_ex", "new", "call", "loader", "spec", "context",
	}
}

// frames are attributes of functions, generators and frames without underscores;
// Jinja's own sandbox names them.
func frames() []string {
	return []string{
		"mro", "gi_frame", "gi_code", "cr_frame", "cr_code", "ag_frame", "ag_code", "f_globals", "f_builtins", "f_locals", "f_back", "f_code",
		"func_globals", "func_code", "func_closure", "im_func", "im_self", "im_class", "tb_frame", "tb_next",
	}
}

func commands() []string {
	return []string{"popen", "Popen", "system", "check_output", "check_call", "execve", "spawn", "exec_module", "load_module", "import_module", "eval", "exec"}
}

// judgeName says what there is to say against a name that the template does not
// make.
func judgeName(u jinja.Use, accesses []jinja.Access) string {
	switch {
	case strings.HasPrefix(u.Name, "__"):
		return fmt.Sprintf("the template uses %q, one of Python's own names", u.Name)
	case u.Called && slices.Contains([]string{"open", "eval", "exec", "compile", "getattr", "globals", "vars"}, u.Name):
		return fmt.Sprintf("the template calls %q, which only a program that leaves templates its own means has", u.Name)
	case slices.Contains([]string{"request", "lipsum", "get_flashed_messages", "url_for"}, u.Name) && slices.ContainsFunc(accesses, func(a jinja.Access) bool {
		return a.Of == u.Name && a.Name != ""
	}):
		return fmt.Sprintf("the template reads attributes of %q, an object of the program that renders it", u.Name)
	}
	return ""
}
