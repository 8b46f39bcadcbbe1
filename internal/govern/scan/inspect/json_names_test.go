package inspect

import (
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// TestConfigurationsThatNameCode: what a loader imports or calls by the words of a
// configuration is judged; its own library's is not told.
func TestConfigurationsThatNameCode(t *testing.T) {
	const spark = `"uid":"LogisticRegression_1","paramMap":{},"sparkVersion":"3.5.0"}`
	for text, verdict := range map[string]Verdict{
		`{"model":{"_target_":"os.system","command":"id"}}`:                                                      pickle.Malicious,
		`{"model":{"_target_":"torch.nn.Linear","in_features":2}}`:                                               pickle.Clean,
		`{"model":{"_target_":"nobody.build"}}`:                                                                  pickle.Suspicious,
		`{"a":[{"class_path":"subprocess.run"}]}`:                                                                pickle.Malicious,
		`{"a":[{"class_path":"my.Model"}],"target":"price"}`:                                                     pickle.Clean,
		`[{"idx":0,"name":"0","path":"","type":"os.system"}]`:                                                    pickle.Malicious,
		`[{"idx":0,"name":"0","path":"","type":"custom.Model"}]`:                                                 pickle.Suspicious,
		`[{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"}]`:                     pickle.Clean,
		`[{"idx":0,"name":"0","path":"","type":"sentence_transformersx.models.Transformer"}]`:                    pickle.Suspicious,
		`[{"idx":0,"type":"circle"},{"idx":1,"type":"square"}]`:                                                  pickle.Clean,
		`{"_class_name":"StableDiffusionPipeline","_diffusers_version":"0.2","unet":["os","system"]}`:            pickle.Malicious,
		`{"_class_name":["evil","Pipe"],"_diffusers_version":"0.2"}`:                                             pickle.Suspicious,
		`{"_class_name":"P","_diffusers_version":"0.2","unet":["evil","Net"]}`:                                   pickle.Suspicious,
		`{"_class_name":"UNet2DConditionModel","_diffusers_version":"0.6.0","block_out_channels":[320,640]}`:     pickle.Clean,
		`{"peft_type":"LORA","auto_mapping":{"base_model_class":"system","parent_library":"os"}}`:                pickle.Malicious,
		`{"peft_type":"LORA","auto_mapping":{"base_model_class":"M","parent_library":"evil"}}`:                   pickle.Suspicious,
		`{"peft_type":"LORA","auto_mapping":null}`:                                                               pickle.Clean,
		`{"class":"os.system",` + spark:                                                                          pickle.Malicious,
		`{"class":"org.apache.spark.ml.classification.LogisticRegressionModel",` + spark:                         pickle.Clean,
		`{"py/reduce":[{"py/function":"os.system"},{"py/tuple":["id"]}]}`:                                        pickle.Malicious,
		`{"py/object":"subprocess.Popen","py/newargs":{"py/tuple":["id"]}}`:                                      pickle.Malicious,
		`{"py/repr":"os/os.system('id')"}`:                                                                       pickle.Malicious,
		`{"py/object":"nobody.Thing"}`:                                                                           pickle.Suspicious,
		`{"py/object":"collections.OrderedDict"}`:                                                                pickle.Clean,
		`{"x":{"lc":1,"type":"constructor","id":["os","system"],"kwargs":{"command":"id"}}}`:                     pickle.Malicious,
		`{"lc":1,"type":"constructor","id":["langchain","prompts","prompt","PromptTemplate"],"kwargs":{}}`:       pickle.Clean,
		`{"lc":1,"type":"constructor"}`:                                                                          pickle.Clean,
		"name: 'x'\nlayer { type: 'Python' python_param { module: 'os' layer: 'system' param_str: 'id' } }\n":    pickle.Malicious,
		"# a net\nlayer {\n  type: \"Python\"\n  python_param {\n    module: 'rpn.proposal'\n layer: 'L' }\n}\n": pickle.Suspicious,
		"layer { type: 'Python' python_param <\n module: 'o' 's' > }\n":                                          pickle.Suspicious,
		"name: \"x\"\nlayer { type: \"ReLU\" }\n":                                                                pickle.Clean,
		"How it is written:\n\n    layer { python_param { module: 'os' } }\n":                                    pickle.Clean,
		modelIndex: pickle.Clean,
	} {
		p := tree(t, fstest.MapFS{"config": {Data: []byte(text)}})["config"]
		if p.Verdict != verdict || p.Status != pickle.Complete {
			t.Errorf("%s: %s %s %+v", text, p.Verdict, p.Reason, p.Findings)
		}
		for _, f := range p.Findings {
			if f.Offset <= 0 && f.Rule == RuleConfigTarget || f.Offset >= p.Size {
				t.Errorf("%s: at %d", text, f.Offset)
			}
		}
	}
}

// modelIndex is what diffusers writes for a pipeline.
const modelIndex = `{
  "_class_name": "StableDiffusionPipeline",
  "_diffusers_version": "0.30.0",
  "_name_or_path": "a/b",
  "feature_extractor": ["transformers", "CLIPImageProcessor"],
  "image_encoder": [null, null],
  "requires_safety_checker": true,
  "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
  "scheduler": ["diffusers", "PNDMScheduler"],
  "text_encoder": ["transformers", "CLIPTextModel"],
  "unet": ["diffusers", "UNet2DConditionModel"],
  "vae": ["diffusers", "AutoencoderKL"]
}`
