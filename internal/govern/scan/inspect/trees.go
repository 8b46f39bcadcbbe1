package inspect

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/tacit-ml/tacit/ml/extent"
	"github.com/tacit-ml/tacit/ml/jsonstream"
	"github.com/tacit-ml/tacit/ml/pickle"
	"github.com/tacit-ml/tacit/ml/tree/structure"
	"github.com/tacit-ml/tacit/ml/ubjson"
)

// RuleTreeStructure is of models of boosted trees that are not sound.
const RuleTreeStructure = "tree-structure"

func readXGBoostJSON(_ *visit, s *Source) Reading {
	report, err := structure.XGBoost(jsonstream.NewReader(bytesOf(s), jsonstream.DefaultLimits()))
	if errors.Is(err, structure.ErrNot) && !report.Booster {
		return foreign() // another document with a learner in it
	}
	return soundness("xgboost json", s, report, err)
}

// looksUBJSON takes a source whose first byte opens an object of UBJSON: no JSON
// has a letter there.
func looksUBJSON(s *Source) bool {
	if len(s.Head) < 4 || s.Head[0] != '{' {
		return false
	}
	switch s.Head[1] {
	case 'i', 'U', 'I', 'l', 'L', '$', '#', 'N':
		return true
	}
	return false
}

func readXGBoostUBJSON(_ *visit, s *Source) Reading {
	report, err := structure.XGBoost(ubjson.NewReader(bytesOf(s), s.Size, jsonstream.DefaultLimits()))
	if errors.Is(err, structure.ErrNot) && !report.Booster && !bytes.Contains(s.Head, []byte("learner")) {
		return foreign()
	}
	return soundness("xgboost ubj", s, report, err)
}

// looksLightGBM takes a source by its first line, which is all that LightGBM asks
// for.
func looksLightGBM(s *Source) bool { return s.Starts("tree\n") || s.Starts("tree\r") }

func readLightGBM(_ *visit, s *Source) Reading {
	report, err := structure.LightGBM(bytesOf(s))
	if errors.Is(err, structure.ErrNot) && report.Trees == 0 && !bytes.Contains(s.Head, []byte("num_class=")) {
		return foreign() // a text about a tree
	}
	return soundness("lightgbm", s, report, err)
}

func looksCatBoost(s *Source) bool { return s.Starts("CBM1") }

func readCatBoost(_ *visit, s *Source) Reading {
	report, err := structure.CatBoost(s.Bytes, s.Size)
	return soundness("catboost", s, report, err)
}

// soundness is the reading that a report on a model's structure makes. A model
// that breaks off is told as a finding: the libraries crash on some such files.
func soundness(format string, s *Source, report structure.Report, err error) Reading {
	r := Reading{Format: format}
	if err != nil {
		r = unfinished(format, s, err)
		if errors.Is(err, structure.ErrNot) {
			r.Findings = append(r.Findings, against(s, RuleTreeStructure, pickle.Medium, report.End, err.Error()))
		}
	} else {
		r.Coverage = Coverage{Parsed: within([]Range{{From: 0, To: report.End}}, s.Size)}
		for _, raw := range report.Raw {
			r.Coverage.Raw = append(r.Coverage.Raw, Range{From: raw[0], To: raw[1]})
		}
		r.Coverage.Parsed = extent.Without(r.Coverage.Parsed, r.Coverage.Raw)
		if report.End < s.Size {
			r.Coverage.Unparsed = []Range{{From: report.End, To: s.Size}}
			r.Findings = append(r.Findings, against(s, RuleTreeStructure, pickle.Medium, report.End, fmt.Sprintf("%d bytes follow the model", s.Size-report.End)))
		}
	}
	for _, f := range report.Faults {
		r.Findings = append(r.Findings, against(s, RuleTreeStructure, pickle.High, f.Offset, f.What))
	}
	return r
}
