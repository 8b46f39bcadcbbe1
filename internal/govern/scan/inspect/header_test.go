package inspect

import (
	"encoding/binary"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

func safetensorsOf(header, buffer string) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header+buffer...)
}

func TestSafetensors(t *testing.T) {
	const good = `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`
	for name, c := range map[string]struct {
		data    []byte
		status  Status
		verdict Verdict
	}{
		"good.bin":                {safetensorsOf(good, "12345678"), pickle.Complete, pickle.Clean},
		"like-a-pickle.bin":       {safetensorsOf(good, system[:8]), pickle.Complete, pickle.Clean},
		"empty.bin":               {safetensorsOf(`{}`, ""), pickle.Complete, pickle.Clean},
		"trailing.bin":            {safetensorsOf(good, "12345678"+system), pickle.Inconclusive, pickle.Suspicious},
		"short.bin":               {safetensorsOf(good, "1234"), pickle.Complete, pickle.Suspicious},
		"long-header.safetensors": {[]byte("\xff\xff\xff\xff\x00\x00\x00\x00{}"), pickle.Inconclusive, pickle.Suspicious},
		"no-brace.safetensors":    {safetensorsOf(`[1]`, "\x00\x00"), pickle.Inconclusive, pickle.Suspicious},
	} {
		p := tree(t, fstest.MapFS{name: {Data: c.data}})[name]
		if p.Status != c.status || p.Verdict != c.verdict || c.verdict == pickle.Suspicious && p.Findings[0].Rule != RuleSafetensors {
			t.Errorf("%s: %+v", name, p)
		}
	}
	p := tree(t, fstest.MapFS{"model.safetensors": {Data: []byte(system)}})["model.safetensors"]
	if p.Verdict != pickle.Malicious {
		t.Errorf("a pickle under another name: %+v", p)
	}
	p = tree(t, fstest.MapFS{"model.safetensors": {Data: safetensorsOf(good, "12345678")}})["model.safetensors"]
	if n := int64(len(good)) + 8; !slices.Equal(p.Coverage.Parsed, []Range{{From: 0, To: n}}) || !slices.Equal(p.Coverage.Raw, []Range{{From: n, To: n + 8}}) {
		t.Errorf("%+v", p.Coverage)
	}
}

func TestGGUF(t *testing.T) {
	for name, c := range map[string]struct {
		data    []byte
		status  Status
		verdict Verdict
	}{
		"good.bin":     {ggufOf("general.name", "x"), pickle.Complete, pickle.Clean},
		"trailing.bin": {append(ggufOf("general.name", "x"), make([]byte, 200)...), pickle.Inconclusive, pickle.NotKnown},
		"cut.gguf":     {ggufOf("general.name", "a text that is cut off")[:60], pickle.Inconclusive, pickle.Suspicious},
		"align.gguf":   {append(ggufOf("general.alignment", ""), 0), pickle.Complete, pickle.Suspicious},
	} {
		p := tree(t, fstest.MapFS{name: {Data: c.data}})[name]
		if p.Status != c.status || p.Verdict != c.verdict || c.verdict == pickle.Suspicious && p.Findings[0].Rule != RuleGGUF {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
