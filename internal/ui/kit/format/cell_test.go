package format_test

import (
	"testing"

	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

func TestCell(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                         "",
		"flight-delay":             "flight-delay",
		"=HYPERLINK(\"http://x\")": "'=HYPERLINK(\"http://x\")",
		"+cmd|' /C calc'!A0":       "'+cmd|' /C calc'!A0",
		"-2+3":                     "'-2+3",
		"@SUM(1)":                  "'@SUM(1)",
		"\t=1":                     "'\t=1",
		"\r=1":                     "'\r=1",
		"\n=1":                     "'\n=1",
		"-":                        "'-",
		"-0.25":                    "-0.25",
		"+1e-05":                   "+1e-05",
		"-Inf":                     "-Inf",
		"1-2":                      "1-2",
	} {
		if got := format.Cell(text); got != want {
			t.Errorf("Cell(%q) = %q, want %q", text, got, want)
		}
	}
}
