package report

import (
	"io"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan"
	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
)

// The forms, by the words of --format.
const (
	JSON       = "json"
	SARIF      = "sarif"
	HTML       = "html"
	CycloneDX  = "cyclonedx"
	ModelScan  = "modelscan"
	PickleScan = "picklescan"
)

// Names are the words of all forms.
func Names() []string { return []string{JSON, SARIF, HTML, CycloneDX, ModelScan, PickleScan} }

// Write writes a report in a form. fault.Invalid for a word that is none.
func Write(w io.Writer, form string, r *scan.Report) error {
	rules, err := inspect.Rules()
	if err != nil {
		return err
	}
	switch form {
	case JSON:
		return Document(w, r)
	case SARIF:
		return Document(w, sarifOf(r, rules))
	case HTML:
		return writeHTML(w, r, rules)
	case CycloneDX:
		return Document(w, cycloneDXOf(r, rules))
	case ModelScan:
		return ModelScanOf(r).JSON(w)
	case PickleScan:
		return WritePickleScan(w, PickleScanOf(r, false), "INFO", false)
	}
	return fault.New(fault.Invalid, "%q is no form of a report: json, sarif, html, cyclonedx, modelscan or picklescan.", form)
}
