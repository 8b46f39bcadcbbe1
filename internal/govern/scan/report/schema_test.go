package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/tacit-ml/tacit/internal/govern/scan/report"
)

// What others read holds against their schemas.
func TestFormsAreValid(t *testing.T) {
	t.Parallel()
	const cyclonedx = "../../bom/testdata"
	for form, files := range map[string][]string{
		report.SARIF:     {"testdata/sarif-2.1.0.schema.json"},
		report.CycloneDX: {cyclonedx + "/bom-1.6.schema.json", cyclonedx + "/spdx.schema.json", cyclonedx + "/jsf-0.82.schema.json"},
	} {
		c := jsonschema.NewCompiler()
		c.AssertFormat()
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			read, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err == nil {
				err = c.AddResource("http://cyclonedx.org/schema/"+filepath.Base(file), read)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		schema, err := c.Compile("http://cyclonedx.org/schema/" + filepath.Base(files[0]))
		if err != nil {
			t.Fatal(err)
		}
		text := written(t, form)
		for name, valid := range map[string]bool{text: true, strings.Replace(text, `"version"`, `"versoin"`, 1): false} {
			read, err := jsonschema.UnmarshalJSON(strings.NewReader(name))
			if err == nil {
				err = schema.Validate(read)
			}
			if valid != (err == nil) {
				t.Errorf("%s: %v\n%s", form, err, name)
			}
		}
	}
}
