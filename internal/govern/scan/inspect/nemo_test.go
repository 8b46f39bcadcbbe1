package inspect

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// nemoOf is a tar of a configuration and weights, which NeMo reads plain and
// compressed.
func nemoOf(t *testing.T, config string, compressed bool) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for name, data := range map[string]string{"./model_config.yaml": config, "./model_weights.ckpt": "\x80\x02}q\x00."} {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !compressed {
		return out.Bytes()
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(out.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func TestNeMo(t *testing.T) {
	for config, verdict := range map[string]Verdict{
		"target: nemo.collections.asr.models.EncDecCTCModel\npreprocessor: {_target_: nemo.collections.asr.modules.AudioToMelSpectrogramPreprocessor}\noptim: {name: adamw}\n": pickle.Clean,
		"preprocessor:\n  _target_: os.system\n  command: id\n": pickle.Malicious,
		"a: !!python/object/apply:os.system [id]\n":             pickle.Malicious,
	} {
		for _, compressed := range []bool{false, true} {
			p := tree(t, fstest.MapFS{"model.nemo": {Data: nemoOf(t, config, compressed)}})["model.nemo"]
			if p.Verdict != verdict || p.Status != pickle.Complete {
				t.Errorf("%s: %s %s %s %v", config, p.Verdict, p.Status, p.Reason, p.Findings)
			}
		}
	}
}
