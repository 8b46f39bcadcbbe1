package inspect

import (
	"fmt"
	"strings"

	"github.com/tacit-ml/tacit/ml/jsonstream"
	"github.com/tacit-ml/tacit/ml/pickle"
)

// RuleRemoteCode is of a repository that brings its own code.
const RuleRemoteCode = "remote-code"

// huggingFaceKeys are those of the JSON of a repository by which it brings
// programs.
func huggingFaceKeys() []string {
	return []string{"chat_template", "auto_map", "custom_pipelines", "custom_generate"}
}

// readHuggingFace reads what transformers reads of a repository's JSON: the
// templates of the tokenizer, and the classes that its code has.
func readHuggingFace(_ *visit, s *Source) Reading {
	r := whole("huggingface", s)
	err := members(s, huggingFaceKeys(), func(key string, v *jsonstream.Value) {
		switch key {
		case "chat_template":
			chatTemplates(s, v, &r)
		case "auto_map":
			r.Findings = append(r.Findings, autoMap(s, v)...)
		case "custom_pipelines":
			for _, p := range v.Members {
				r.Findings = append(r.Findings, remoteCode(s, p.Value.Get("impl"), "the pipeline "+p.Key)...)
			}
		case "custom_generate":
			r.Findings = append(r.Findings, remoteCode(s, v, "generation")...)
		}
	})
	if err != nil {
		findings := r.Findings
		r = unfinished("huggingface", s, err)
		r.Findings = findings
	}
	return r
}

// chatTemplates are one text, or a list of names and texts, or texts by name.
func chatTemplates(s *Source, v *jsonstream.Value, r *Reading) {
	judge := func(v *jsonstream.Value) {
		if v == nil || v.Kind != jsonstream.String {
			return
		}
		findings, unread := template(s, v.Text, v.From, false)
		r.Findings = append(r.Findings, findings...)
		if v.Cut {
			unread = "it is longer than what is read of one"
		}
		if unread != "" && r.Status == pickle.Complete {
			r.Status, r.Reason = pickle.Inconclusive, "the chat template was not understood: "+unread
		}
	}
	judge(v)
	for _, item := range v.Items {
		judge(item)
		judge(item.Get("template"))
	}
	for _, m := range v.Members {
		judge(m.Value)
	}
}

// autoMap is which class of the repository's code stands for which of
// transformers'.
func autoMap(s *Source, v *jsonstream.Value) []Finding {
	if v.Kind == jsonstream.String {
		return remoteCode(s, v, "the class")
	}
	var all []Finding
	for _, m := range v.Members {
		values := m.Value.Items
		if m.Value.Kind == jsonstream.String {
			values = []*jsonstream.Value{m.Value}
		}
		for _, value := range values {
			all = append(all, remoteCode(s, value, m.Key)...)
		}
	}
	return all
}

// remoteCode is the finding against a reference to code, "module.Class" of this
// repository or "owner/name--module.Class" of another one.
func remoteCode(s *Source, v *jsonstream.Value, what string) []Finding {
	if v.String() == "" {
		return nil
	}
	f := against(s, RuleRemoteCode, pickle.Medium, v.From, fmt.Sprintf("%s is code of the repository, which runs when it is loaded with trust_remote_code", what))
	f.Name = v.Text
	if repository, name, other := strings.Cut(v.Text, "--"); other {
		f.Severity, f.Name = pickle.High, name
		f.Why = fmt.Sprintf("%s is code of another repository, %s, as it is there at the time of loading: it runs with trust_remote_code", what, repository)
	}
	return []Finding{f}
}
