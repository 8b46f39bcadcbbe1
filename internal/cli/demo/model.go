package demo

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/tacit-ml/tacit/ml/stats"
	"github.com/tacit-ml/tacit/ml/tree"
)

// file is one artifact.
type file struct {
	path    string
	content []byte
}

// modelFiles are the artifacts of a model as MLflow's XGBoost flavour lays them
// out, so that mlflow.pyfunc.load_model and mlflow.xgboost.load_model load it.
func modelFiles(m *tree.Model, modelID, runID string, at time.Time) ([]file, error) {
	var body bytes.Buffer
	if err := m.WriteXGBoost(&body); err != nil {
		return nil, err
	}
	inputs, err := inputsOf(m)
	if err != nil {
		return nil, err
	}
	about := fmt.Appendf(nil, description, modelID, body.Len(), strings.TrimPrefix(modelID, "m-"), runID, inputs, at.UTC().Format("2006-01-02 15:04:05.000000"))
	return []file{
		{"MLmodel", about}, {"model.json", body.Bytes()}, {"requirements.txt", []byte(requirements)},
		{"conda.yaml", []byte(conda)}, {"python_env.yaml", []byte(environment)},
	}, nil
}

// inputsOf are the columns of a model's inputs, as a signature of MLflow has them.
func inputsOf(m *tree.Model) ([]byte, error) {
	type column struct {
		Type     string `json:"type"`
		Name     string `json:"name"`
		Required bool   `json:"required"`
	}
	columns := make([]column, len(m.Features))
	for i, name := range m.Features {
		columns[i] = column{"float", name, true}
	}
	return json.Marshal(columns)
}

// description is the file MLmodel: id of the model, bytes of its body, id without
// its prefix, id of the run, columns of the inputs, time in UTC.
const description = `artifact_path: model
flavors:
  python_function:
    data: model.json
    env:
      conda: conda.yaml
      virtualenv: python_env.yaml
    loader_module: mlflow.xgboost
    python_version: 3.11.7
  xgboost:
    code: null
    data: model.json
    model_class: xgboost.core.Booster
    model_format: json
    xgb_version: 3.0.0
mlflow_version: 3.18.0
model_id: %s
model_size_bytes: %d
model_uuid: %s
run_id: %s
signature:
  inputs: '%s'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1]}}]'
  params: null
utc_time_created: '%s'
`

// What it takes to load a model, as MLflow writes it.
const (
	requirements = "mlflow>=2.22\nxgboost>=2\nnumpy\npandas\nscikit-learn\n"
	conda        = "channels:\n- conda-forge\ndependencies:\n- python=3.11\n- pip\n- pip:\n  - mlflow>=2.22\n  - xgboost>=2\n  - numpy\n  - pandas\n  - scikit-learn\nname: mlflow-env\n"
	environment  = "python: 3.11.7\nbuild_dependencies:\n- pip\n- setuptools\n- wheel\ndependencies:\n- -r requirements.txt\n"
)

// importances is the total gain of each feature as CSV, the greatest first.
func importances(m *tree.Model) ([]byte, error) {
	gains, splits := make([]float64, len(m.Features)), make([]int, len(m.Features))
	for i := range m.Trees {
		for _, n := range m.Trees[i].Nodes {
			if !n.Leaf() {
				gains[n.Feature] += float64(n.Gain)
				splits[n.Feature]++
			}
		}
	}
	order := make([]int, len(gains))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(gains[b], gains[a]) })
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	_ = w.Write([]string{"feature", "gain", "splits"})
	for _, i := range order {
		_ = w.Write([]string{m.Features[i], strconv.FormatFloat(gains[i], 'f', 2, 64), strconv.Itoa(splits[i])})
	}
	w.Flush()
	return out.Bytes(), w.Error()
}

// rocPlot is the ROC curve as a standalone SVG that reads on light and dark.
func rocPlot(labels, predictions []float32, auc float64) []byte {
	curve := stats.ROC(labels, predictions)
	step := max(len(curve)/300, 1)
	var line strings.Builder
	for i := 0; i < len(curve); i += step {
		p := curve[i]
		fmt.Fprintf(&line, "%.1f,%.1f ", 50+p.FalsePositive*400, 420-p.TruePositive*400)
	}
	line.WriteString("450,20")
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 470" role="img" font-family="system-ui, sans-serif" font-size="13">
<title>ROC curve, area %.4f</title>
<rect width="480" height="470" fill="#ffffff"/>
<path d="M50 20V420H450" fill="none" stroke="#7a7f87"/>
<path d="M50 420L450 20" fill="none" stroke="#b4b8be" stroke-dasharray="4 4"/>
<polyline points="%s" fill="none" stroke="#2f6fde" stroke-width="2"/>
<g fill="#3b4048"><text x="250" y="455" text-anchor="middle">false positive rate</text>
<text x="18" y="220" text-anchor="middle" transform="rotate(-90 18 220)">true positive rate</text>
<text x="440" y="400" text-anchor="end">area %.4f</text>
<text x="50" y="436" text-anchor="middle">0</text><text x="450" y="436" text-anchor="middle">1</text><text x="42" y="25" text-anchor="end">1</text></g>
</svg>
`, auc, line.String(), auc)
}

// tableFile is the table as Parquet: the features by name, late, held_out. A
// missing value is null, and only that.
func tableFile(t *table) ([]byte, error) {
	group := parquet.Group{"late": parquet.Leaf(parquet.BooleanType), "held_out": parquet.Leaf(parquet.BooleanType)}
	for _, name := range features {
		group[name] = parquet.Optional(parquet.Leaf(parquet.FloatType))
	}
	schema := parquet.NewSchema("flights", group)
	var out bytes.Buffer
	w := parquet.NewWriter(&out, schema, parquet.Compression(&parquet.Zstd))
	const batch = 4096
	rows := make([]parquet.Row, 0, batch)
	for i := range t.labels {
		rows = append(rows, t.parquetRow(schema, i))
		if len(rows) < batch && i < len(t.labels)-1 {
			continue
		}
		if _, err := w.WriteRows(rows); err != nil {
			return nil, fmt.Errorf("demo: write the table: %w", err)
		}
		rows = rows[:0]
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("demo: write the table: %w", err)
	}
	return out.Bytes(), nil
}

// parquetRow is row i in the order of the schema's columns.
func (t *table) parquetRow(schema *parquet.Schema, i int) parquet.Row {
	columns := schema.Columns()
	row := make(parquet.Row, len(columns))
	for c, path := range columns {
		switch j := slices.Index(features[:], path[0]); {
		case path[0] == "late":
			row[c] = parquet.BooleanValue(t.labels[i] > 0.5).Level(0, 0, c)
		case path[0] == "held_out":
			row[c] = parquet.BooleanValue(heldOut(i)).Level(0, 0, c)
		case math.IsNaN(float64(t.data.Columns[j][i])):
			row[c] = parquet.NullValue().Level(0, 0, c)
		default:
			row[c] = parquet.FloatValue(t.data.Columns[j][i]).Level(0, 1, c)
		}
	}
	return row
}
