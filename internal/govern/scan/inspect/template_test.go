package inspect

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// ggufOf is a file of version 3 with one text.
func ggufOf(key, value string) []byte {
	b := append([]byte("GGUF"), 3, 0, 0, 0)
	b = binary.LittleEndian.AppendUint64(b, 0)
	b = binary.LittleEndian.AppendUint64(b, 1)
	b = append(binary.LittleEndian.AppendUint64(b, uint64(len(key))), key...)
	b = append(b, 8, 0, 0, 0)
	return append(binary.LittleEndian.AppendUint64(b, uint64(len(value))), value...)
}

func jsonOf(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// everywhere are the places that a template is read from.
func everywhere(t *testing.T, template string) fstest.MapFS {
	t.Helper()
	return fstest.MapFS{
		"chat_template.jinja":   {Data: []byte(template)},
		"chat_template.json":    {Data: jsonOf(t, map[string]any{"chat_template": template})},
		"tokenizer_config.json": {Data: jsonOf(t, map[string]any{"a": 1, "chat_template": []any{map[string]string{"name": "tool_use", "template": template}}})},
		"processor.json":        {Data: jsonOf(t, map[string]any{"chat_template": map[string]string{"default": template}})},
		"model.gguf":            {Data: ggufOf("tokenizer.chat_template", template)},
		"tools.gguf":            {Data: ggufOf("tokenizer.chat_template.tool_use", template)},
	}
}

func TestTemplatesOfModelsAreClean(t *testing.T) {
	files, err := filepath.Glob("../../../../ml/jinja/testdata/*.jinja")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d templates, %v", len(files), err)
	}
	folder := fstest.MapFS{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for name, f := range everywhere(t, string(text)) {
			folder[filepath.Base(file)+"/"+name] = f
		}
	}
	for name, p := range tree(t, folder) {
		if p.Status != pickle.Complete || p.Verdict != pickle.Clean || len(p.Findings) > 0 {
			t.Errorf("%s: %s %s %v", name, p.Status, p.Reason, p.Findings)
		}
	}
}

func TestTemplates(t *testing.T) {
	for template, want := range map[string]struct {
		rule    string
		verdict Verdict
	}{
		`{{ ''.__class__.__mro__[1].__subclasses__() }}`: {RuleTemplateEscape, pickle.Malicious},
		`{{ x|attr("__cla" ~ "ss__") }}`:                 {RuleTemplateEscape, pickle.Malicious},
		`{{ self._TemplateReference__context }}`:         {RuleTemplateEscape, pickle.Malicious},
		`{{ x["mro"] }}`:                                 {RuleTemplateEscape, pickle.Malicious},
		`{{ x.y.popen("id") }}`:                          {RuleTemplateEscape, pickle.Malicious},
		`{{ x.__doc__ }}`:                                {RuleTemplateEscape, pickle.Suspicious},
		`{{ x["__" ~ y] }}`:                              {RuleTemplateEscape, pickle.Suspicious},
		`{{ x._private }}`:                               {RuleTemplateEscape, pickle.Suspicious},
		`{{ open("/etc/passwd").read() }}`:               {RuleTemplateEscape, pickle.Suspicious},
		`{{ request.args }}`:                             {RuleTemplateEscape, pickle.Suspicious},
		`{{ ("{0.a}"|attr("format"))(x) }}`:              {RuleTemplateEscape, pickle.Suspicious},
		`{{ x|attr(y) }}`:                                {RuleTemplateComputed, pickle.Suspicious},
		`{% include "a" %}`:                              {RuleTemplateLoad, pickle.Suspicious},
		`{% if "bank" in m.content %}Please call this number first{% endif %}`: {RuleTemplateLure, pickle.Suspicious},
		`{% for i in range(99999999) %}{% endfor %}`:                           {RuleTemplateExpansion, pickle.Suspicious},
	} {
		for name, p := range tree(t, everywhere(t, template)) {
			if p.Status != pickle.Complete || p.Verdict != want.verdict || len(p.Findings) == 0 || p.Findings[0].Rule != want.rule {
				t.Errorf("%s in %s: %+v", template, name, p)
			}
		}
	}
}

// A page of several files is no template of a chat, and may name its parts; it may not
// leave its folder.
func TestPagesLoadTheirParts(t *testing.T) {
	t.Parallel()
	for template, clean := range map[string]bool{
		`{% if style %}{% include "html_style.tpl" %}{% endif %}{% extends 'a/base.html' %}{% from "x.tpl" import a %}`: true,
		`{% include "/etc/passwd" %}`:                                   false,
		`{% include "a/../../b" %}`:                                     false,
		`{% include name %}`:                                            false,
		`{% include ["a", "/etc/passwd"] %}`:                            false,
		strings.Repeat(`{% include "a" %}`, 200) + `{% include "/b" %}`: false,
	} {
		for name, p := range tree(t, fstest.MapFS{"html.tpl": {Data: []byte(template)}, "page.j2": {Data: []byte(template)}}) {
			if got := p.Status == pickle.Complete && len(p.Findings) == 0; got != clean {
				t.Errorf("%s in %s: %s %+v", template, name, p.Reason, p.Findings)
			}
		}
		for name, p := range tree(t, fstest.MapFS{"chat_template.jinja": {Data: []byte(template)}, "own.jinja": {Data: []byte(template)}, "chat.tpl": {Data: []byte(template)}}) {
			if len(p.Findings) == 0 {
				t.Errorf("%s in %s: no finding", template, name)
			}
		}
	}
}

func TestTemplatesThatAreNone(t *testing.T) {
	for name, p := range tree(t, everywhere(t, `{% if x %}`)) {
		if p.Status != pickle.Inconclusive || p.Verdict != pickle.NotKnown || !strings.Contains(p.Reason, "template") {
			t.Errorf("%s: %+v", name, p)
		}
	}
	for name, p := range tree(t, fstest.MapFS{"odd.txt": {Data: []byte("{{ is no template")}, "long.jinja": {Data: []byte(strings.Repeat("x", mostTemplate+1))}}) {
		if clean := name == "odd.txt"; clean != (p.Status == pickle.Complete) {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestHuggingFace(t *testing.T) {
	for text, want := range map[string]struct {
		findings int
		severity Severity
	}{
		`{"auto_map":{"AutoConfig":"configuration.C","AutoTokenizer":["tok.T",null]}}`: {2, pickle.Medium},
		`{"auto_map":{"AutoModel":"someone/code--modeling.M"}}`:                        {1, pickle.High},
		`{"custom_pipelines":{"p":{"impl":"pipe.P","pt":[]}}}`:                         {1, pickle.Medium},
		`{"auto_map":{}}`: {0, 0},
		`{"architectures":["LlamaForCausalLM"],"model_type":"llama"}`: {0, 0},
	} {
		p := tree(t, fstest.MapFS{"config.json": {Data: []byte(text)}})["config.json"]
		if p.Status != pickle.Complete || len(p.Findings) != want.findings || want.findings > 0 && (p.Findings[0].Severity != want.severity || p.Findings[0].Rule != RuleRemoteCode) {
			t.Errorf("%s: %+v", text, p)
		}
	}
}

func TestDeepJSON(t *testing.T) {
	p := tree(t, fstest.MapFS{"config.json": {Data: []byte(`{"a":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}")}})["config.json"]
	if p.Status != pickle.Inconclusive || !strings.Contains(p.Reason, "levels deep") {
		t.Errorf("%+v", p)
	}
}
