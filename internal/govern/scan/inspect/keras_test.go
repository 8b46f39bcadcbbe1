package inspect

import (
	"archive/zip"
	"encoding/base64"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// kerasConfig is the configuration of a .keras file of ml/keras.
func kerasConfig(t *testing.T, name string) []byte {
	t.Helper()
	z, err := zip.OpenReader(filepath.Join("..", "..", "..", "..", "ml", "keras", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	f, err := z.Open("config.json")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestConfigurationsOfKerasAreClean(t *testing.T) {
	for _, name := range []string{"sequential", "functional", "convolutional", "attention", "trained"} {
		p := tree(t, fstest.MapFS{"config.json": {Data: kerasConfig(t, name+".keras")}})["config.json"]
		if p.Status != pickle.Complete || p.Verdict != pickle.Clean || len(p.Findings) > 0 || p.Format[0] != "keras config" {
			t.Errorf("%s: %s %s %+v", name, p.Status, p.Reason, p.Findings)
		}
	}
}

// malicious is code that calls os.system, as CPython 3.11 marshals it, cut off.
func malicious() string {
	return base64.StdEncoding.EncodeToString([]byte("\xe3\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x13\x00\x00\x00\xf3\x04\x00\x00\x00\xda\x02os\xda\x06system"))
}

func TestConfigurationsThatRun(t *testing.T) {
	layer := func(object string) string {
		return `{"module":"keras","class_name":"Sequential","config":{"layers":[{"module":"keras.layers","class_name":"Dense","config":{"units":1}},` + object + `]}}`
	}
	pickled := base64.StdEncoding.EncodeToString([]byte("cposix\nsystem\n(S'id'\ntR."))
	for name, c := range map[string]struct {
		text, rule string
		verdict    Verdict
	}{
		"code":                  {layer(`{"class_name":"Lambda","config":{"function":["` + malicious() + `",null,null],"function_type":"lambda"}}`), "keras-lambda", pickle.Malicious},
		"code in a wrapper":     {layer(`{"class_name":"TimeDistributed","config":{"layer":` + layer(`{"class_name":"__lambda__","config":{"code":"`+malicious()+`"}}`) + `}}`), "keras-lambda", pickle.Malicious},
		"CVE-2025-1550":         {layer(`{"class_name":"function","config":"system","module":"os","registered_name":"system"}`), "keras-foreign", pickle.Malicious},
		"a submodule":           {layer(`{"class_name":"run","config":{},"module":"subprocess"}`), "keras-foreign", pickle.Malicious},
		"eval of builtins":      {layer(`{"class_name":"function","config":"eval","module":"builtins"}`), "keras-foreign", pickle.Malicious},
		"somebody's module":     {layer(`{"class_name":"Layer","config":{},"module":"their.layers"}`), "keras-foreign", pickle.Suspicious},
		"no function of Keras":  {layer(`{"class_name":"Thing","config":{},"module":"keras.src.utils.file_utils"}`), "keras-foreign", pickle.Suspicious},
		"of a library":          {layer(`{"class_name":"function","config":"load_json","module":"keras_hub.src.utils.preset_utils"}`), "keras-foreign", pickle.Suspicious},
		"CVE-2025-8747":         {layer(`{"class_name":"function","config":"get_file","module":"keras.utils"}`), "keras-gadget", pickle.Malicious},
		"by its inner name":     {layer(`{"class_name":"function","config":"get_file","module":"keras.src.utils.file_utils"}`), "keras-gadget", pickle.Malicious},
		"CVE-2025-9906":         {layer(`{"class_name":"function","config":"enable_unsafe_deserialization","module":"keras.config"}`), "keras-gadget", pickle.Malicious},
		"CVE-2025-49655":        {layer(`{"class_name":"TorchModuleWrapper","config":{"module":"` + pickled + `"},"module":"keras.layers"}`), "keras-gadget", pickle.Malicious},
		"a loss":                {`{"class_name":"Sequential","config":{},"module":"keras","compile_config":{"loss":{"class_name":"function","config":"popen","module":"os"}}}`, "keras-foreign", pickle.Malicious},
		"of the outermost dict": {`{"a":[{"class_name":"function","config":"popen","module":"os"}]}`, "keras-foreign", pickle.Malicious},
		"a vocabulary":          {layer(`{"class_name":"StringLookup","config":{"vocabulary":"../../etc/passwd"},"module":"keras.layers"}`), "keras-path", pickle.Suspicious},
		"a download":            {layer(`{"class_name":"TextVectorization","config":{"vocabulary":"http://127.0.0.1/x"},"module":"keras.layers"}`), "keras-path", pickle.Suspicious},
		"a function of tf":      {layer(`{"class_name":"TFOpLambda","config":{"function":"io.write_file"}}`), "keras-foreign", pickle.Malicious},
		"an operator":           {layer(`{"class_name":"TensorFlowOpLayer","config":{"node_def":"{\"name\":\"x\",\"op\":\"ReadFile\"}"}}`), "tensorflow-operator", pickle.Malicious},
		"a Lambda by name":      {layer(`{"class_name":"Lambda","module":"keras.layers","config":{"function":"relu"}}`), "keras-custom-object", pickle.Clean},
		"registered otherwise":  {layer(`{"class_name":"Dense","module":"keras.layers","registered_name":"evil>X","config":{}}`), "keras-custom-object", pickle.Clean},
		"a name twice":          {layer(`{"class_name":"Dense","class_name":"Dense","config":{}}`), "keras-config", pickle.Suspicious},
	} {
		p := tree(t, fstest.MapFS{"m.json": {Data: []byte(c.text)}})["m.json"]
		if len(p.Findings) == 0 || p.Findings[0].Rule != c.rule && p.Findings[0].Rule != "dangerous-call" || p.Verdict != c.verdict {
			t.Errorf("%s: %s %+v", name, p.Verdict, p.Findings)
			continue
		}
		if f := p.Findings[0]; f.Member == "m.json" && f.Length > 0 && f.Offset+f.Length > int64(len(c.text)) {
			t.Errorf("%s: the finding lies outside: %+v", name, f)
		}
	}
	p := tree(t, fstest.MapFS{"m.json": {Data: []byte(layer(`{"class_name":"TorchModuleWrapper","config":{"module":"` + pickled + `"}}`))}})["m.json"]
	if len(p.Members) != 1 || p.Members[0].Verdict != pickle.Malicious {
		t.Errorf("the pickle in a wrapper: %+v", p.Members)
	}
}

func TestPathsThatLeave(t *testing.T) {
	for _, path := range []string{"/a", "../a", "a/../../b", `..\a`, "C:a", `\\host\a`, "http://a", "gs://a", "~/a", "a/%2e%2e/%2E%2e/b", "a\x00b", "．．/a", "a/.. /b", ".../a", "%2fetc"} {
		if !leaves(path) {
			t.Errorf("%q stays", path)
		}
	}
	for _, path := range []string{"a", "a/b.bin", "./a", "a..b", "..a", "a%20b", "weights.data-00000-of-00001"} {
		if leaves(path) {
			t.Errorf("%q leaves", path)
		}
	}
}

func TestOtherJSONIsNotKeras(t *testing.T) {
	for _, text := range []string{`{}`, `{"a":1}`, `{"annotations":[{"class_name":"dog","id":1}]}`, `{"class_name":`, strings.Repeat(`{"a":`, 20000)} {
		p := tree(t, fstest.MapFS{"x.json": {Data: []byte(text)}})["x.json"]
		if len(p.Findings) > 0 || slices.Contains(p.Format, "keras config") && p.Status == pickle.Complete {
			t.Errorf("%.30s: %s %+v", text, p.Format, p.Findings)
		}
	}
}
