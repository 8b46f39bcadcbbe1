package inspect

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

func TestYAML(t *testing.T) {
	for text, want := range map[string]struct {
		rule    string
		verdict Verdict
		at      int64
	}{
		"a: 1\nb: [x, &y z, *y]\nc: !!str 1\nd: !!binary aGk=\n":                                                   {"", pickle.Clean, 0},
		"---\na: 1\n---\nb: !!set {x, y}\n...\n":                                                                   {"", pickle.Clean, 0},
		"a: !!python/tuple [1, 2]\nb: !!python/unicode x\n":                                                        {"", pickle.Clean, 0},
		"a: !include b.yaml\nc: !ENV d\n":                                                                          {"", pickle.Clean, 0},
		"text: \"!!python/object/apply:os.system is bad\"\n":                                                       {"", pickle.Clean, 0},
		"a:\n  b: !!python/object/apply:os.system ['id']\n":                                                        {RuleYAMLTag, pickle.Malicious, 8},
		"!!python/object/apply:posix.system ['id']\n":                                                              {RuleYAMLTag, pickle.Malicious, 0},
		"%TAG !p! tag:yaml.org,2002:python/\n---\n!p!object/apply:os.system ['id']\n":                              {RuleYAMLTag, pickle.Malicious, 39},
		"a: !<tag:yaml.org,2002:python/object/new:subprocess.Popen> ['id']\n":                                      {RuleYAMLTag, pickle.Malicious, 3},
		"a: !!python/name:os.system\n":                                                                             {RuleYAMLTag, pickle.Malicious, 3},
		"a: !!python/module:os\n":                                                                                  {RuleYAMLTag, pickle.Malicious, 3},
		"a: !!python/object:nobody.C {x: 1}\n":                                                                     {RuleYAMLTag, pickle.Suspicious, 3},
		"a: !apply:os.system [id]\n":                                                                               {RuleYAMLTag, pickle.Malicious, 3},
		"a: !new:speechbrain.nnet.CNN {x: 1}\n":                                                                    {"", pickle.Clean, 0},
		"a: !!javax.script.ScriptEngineManager [x]\n":                                                              {RuleYAMLTag, pickle.Suspicious, 3},
		"model:\n  _target_: nemo.collections.asr.modules.ConvASREncoder\n  optim: {_target_: torch.optim.Adam}\n": {"", pickle.Clean, 0},
		"model:\n  _target_: os.system\n  command: id\n":                                                           {RuleConfigTarget, pickle.Malicious, 19},
		"model: {_target_: builtins.eval, _args_: [x]}\n":                                                          {RuleConfigTarget, pickle.Malicious, 18},
		"model: {_target_: nobody.build}\n":                                                                        {RuleConfigTarget, pickle.Suspicious, 18},
		"model: {target: ldm.models.Diffusion}\nx: {target: 7}\n":                                                  {"", pickle.Clean, 0},
		"model: {class_path: subprocess.run}\n":                                                                    {RuleConfigTarget, pickle.Malicious, 20},
	} {
		p := tree(t, fstest.MapFS{"model_config.yaml": {Data: []byte(text)}})["model_config.yaml"]
		switch {
		case p.Status != pickle.Complete || p.Verdict != want.verdict:
			t.Errorf("%s: %+v", text, p)
		case want.rule != "" && (p.Findings[0].Rule != want.rule || p.Findings[0].Offset != want.at):
			t.Errorf("%s: %+v", text, p.Findings)
		}
	}
}

func TestYAMLThatIsNotRead(t *testing.T) {
	lol := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		before := string(c - 1)
		lol += string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat("*"+before+",", 10), ",") + "]\n"
	}
	parts := tree(t, fstest.MapFS{
		"laughs.yaml": {Data: []byte(lol)},
		"broken.yaml": {Data: []byte("a: [1, 2\nb: }")},
		"long.yml":    {Data: []byte(strings.Repeat("a: b\n", mostYAML/5+1))},
		"prose.txt":   {Data: []byte("--- is a line, and !!python/object: [ is no YAML\n")},
		"hidden.txt":  {Data: []byte("a: !!python/object/apply:os.system ['id']\n")},
		"deep.yaml":   {Data: []byte(strings.Repeat("[", 100_000))},
	})
	if p := parts["laughs.yaml"]; len(p.Findings) != 1 || p.Findings[0].Rule != RuleYAMLExpansion {
		t.Errorf("%+v", p)
	}
	for _, name := range []string{"broken.yaml", "long.yml", "deep.yaml"} {
		if p := parts[name]; p.Status != pickle.Inconclusive || p.Reason == "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if p := parts["prose.txt"]; p.Status != pickle.Complete || len(p.Findings) > 0 {
		t.Errorf("%+v", p)
	}
	if p := parts["hidden.txt"]; p.Verdict != pickle.Malicious {
		t.Errorf("%+v", p)
	}
}

func TestXML(t *testing.T) {
	const pmml = `<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header><Extension name="a" value="b"/></Header>&amp;</PMML>`
	wide := "\xff\xfe"
	for _, r := range `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><PMML>&x;</PMML>` {
		wide += string(byte(r)) + "\x00"
	}
	for text, want := range map[string]struct {
		verdict Verdict
		format  string
	}{
		`<?xml version="1.0" encoding="ISO-8859-1"?>` + "\n" + pmml: {pickle.Clean, "pmml"},
		pmml: {pickle.Clean, "pmml"},
		`<?xml version="1.0"?><!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg/>`:   {pickle.Clean, "xml"},
		`<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>` + pmml:                                              {pickle.Suspicious, "pmml"},
		`<?xml version="1.0"?><!DOCTYPE x [<!ENTITY % e PUBLIC "a" "http://127.0.0.1/e">%e;]><net/>`:                                      {pickle.Suspicious, "xml"},
		`<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><net>&c;</net>`:                                           {pickle.Suspicious, "xml"},
		`<!DOCTYPE PMML SYSTEM "http://127.0.0.1/a.dtd">` + pmml:                                                                          {pickle.Suspicious, "pmml"},
		`<?xml version="1.0"?><net><xi:include href="/etc/passwd"/></net>`:                                                                {pickle.Suspicious, "xml"},
		`<!-- a --><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x/>`:                                                            {pickle.Suspicious, "xml"},
		`<?xml version="1.0"?><!DOCTYPE svg PUBLIC "a" "b" [<!ENTITY ns_svg "http://www.w3.org/2000/svg"><!ENTITY nbsp "&#160;">]><svg/>`: {pickle.Clean, "xml"},
		"<s>[INST] & that <is no XML":      {pickle.Clean, "text"},
		"<!DOCTYPE html><html><br></html>": {pickle.Clean, "text"},
		wide:                               {pickle.Suspicious, "pmml"},
	} {
		p := tree(t, fstest.MapFS{"model.bin": {Data: []byte(text)}})["model.bin"]
		if p.Status != pickle.Complete || p.Verdict != want.verdict || p.Format[0] != want.format || want.verdict != pickle.Clean && p.Findings[0].Rule != RuleXMLEntity {
			t.Errorf("%s: %+v", text, p)
		}
	}
	for _, text := range []string{`<?xml version="1.0"?><a b="c`, `<PMML>` + strings.Repeat("x", mostXMLToken+1<<20)} {
		if p := tree(t, fstest.MapFS{"model.pmml": {Data: []byte(text)}})["model.pmml"]; p.Status != pickle.Inconclusive {
			t.Errorf("%.40s: %s %s", text, p.Status, p.Reason)
		}
	}
}

// FuzzDocuments: whatever the bytes are, the coverage is the file, and what was
// not read whole is not clean.
func FuzzDocuments(f *testing.F) {
	for _, s := range []string{"a: !!python/name:os.system\n", "<PMML><!ENTITY></PMML>", `{"chat_template":"{{ x.__class__ }}"}`, `{"__loader__":"ListNode"}`, "{{ x }}", "GGUF\x03\x00\x00\x00", `{"learner":{}}`, "tree\nnum_class=1\nTree=0\nend of trees\n", "CBM1\x08\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00"} {
		f.Add([]byte(s))
	}
	v, err := pickle.NewVetting("")
	if err != nil {
		f.Fatal(err)
	}
	i := New(v, DefaultBudget())
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"a", "a.yaml", "a.jinja", "a.safetensors"} {
			s, err := NewSource(name, pickle.Memory(data), int64(len(data)), nil)
			if err != nil {
				t.Fatal(err)
			}
			p := i.File(t.Context(), s)
			if p.Coverage.Size() != p.Size || p.Status != pickle.Complete && p.Verdict == pickle.Clean {
				t.Fatalf("%s: %+v", name, p)
			}
		}
	})
}
