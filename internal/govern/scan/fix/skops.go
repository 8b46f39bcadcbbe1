package fix

import (
	"bytes"
	"math/rand/v2"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/ml/object"
	"github.com/tacit-ml/tacit/ml/sklearn"
	"github.com/tacit-ml/tacit/ml/skops"
)

// skops writes an estimator of scikit-learn, reads it back and proves it.
func (m *Made) skops(root object.Value, seed uint64) error {
	if x, ok := root.(*object.Instance); ok {
		switch {
		case strings.HasPrefix(x.Class.Module, "xgboost."):
			return fault.WithHint(refuse("%s is XGBoost's.", x.Class.Full()), "-o F.json writes it as XGBoost's own JSON")
		case strings.HasPrefix(x.Class.Module, "lightgbm."):
			return fault.WithHint(refuse("%s is LightGBM's.", x.Class.Full()), "-o F.txt writes it as LightGBM's own text")
		}
	}
	model, err := sklearn.New(root)
	if err != nil {
		return refusal(err)
	}
	var file bytes.Buffer
	if err := skops.Write(&file, root); err != nil {
		return fault.Because(err, fault.Unsupported, "skops has no form for the model.")
	}
	m.Bytes, m.AsksFor = file.Bytes(), append(m.AsksFor, skops.Asked(root)...)
	m.Model = Model{Class: model.Class.Full(), Library: strings.TrimSpace("scikit-learn " + model.Version), Features: model.Width(), Names: model.Names}
	back, err := skops.Load(bytes.NewReader(m.Bytes), int64(len(m.Bytes)))
	if err != nil {
		return fault.Because(err, fault.Internal, "The file that was made cannot be read back.")
	}
	again, err := sklearn.New(back)
	if err != nil {
		return fault.Because(err, fault.Internal, "The file that was made holds another model.")
	}
	return m.prove(model, again, seed)
}

// prove has both models predict the same rows.
func (m *Made) prove(source, written *sklearn.Model, seed uint64) error {
	rows := source.Probe(rand.New(rand.NewPCG(seed, 0)), probeRows)
	m.Proof = Proof{Rows: rows.Rows, Seed: seed, Inputs: rows.Digest(), Missing: rows.HasMissing(), Outputs: []Output{}}
	reach, err := source.Leaves(rows)
	if err == nil && reach.Of > 0 {
		m.Proof.Leaves = &Leaves{Reached: reach.Reached, Of: reach.Of}
	}
	want, err := source.Predict(rows)
	if err != nil {
		return fault.Because(err, fault.Unsupported, "The model does not predict what was drawn for it.")
	}
	got, err := written.Predict(rows)
	if err != nil || len(got) != len(want) {
		return fault.Because(err, fault.Internal, "The file that was made does not predict.")
	}
	for i := range want {
		o := Output{Method: want[i].Method, Columns: len(want[i].Columns), SHA256: got[i].Digest(), Difference: sklearn.Difference(&want[i].Frame, &got[i].Frame)}
		if o.Difference != 0 || o.SHA256 != want[i].Digest() || got[i].Method != o.Method {
			return refuse("The file that was made does not predict the same: %s differs by %g.", o.Method, o.Difference)
		}
		m.Proof.Outputs = append(m.Proof.Outputs, o)
	}
	return nil
}
