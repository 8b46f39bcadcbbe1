package measure_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/ui/measure"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]struct {
		role measure.Role
		name string
	}{
		"train-logloss":        {measure.Training, "logloss"},
		"training_f1_score":    {measure.Training, "f1_score"},
		"validation_0-logloss": {measure.Validation, "logloss"},
		"Val_AUC":              {measure.Validation, "AUC"},
		"eval/loss":            {measure.Testing, "loss"},
		"trainer":              {measure.Other, "trainer"},
		"value_at_risk":        {measure.Other, "value_at_risk"},
		"auc":                  {measure.Other, "auc"},
	} {
		if role, name := measure.Split(key); role != want.role || name != want.name {
			t.Errorf("Split(%s) = %v, %s", key, role, name)
		}
	}
}

func TestSortPutsTheAnswerFirst(t *testing.T) {
	t.Parallel()
	keys := []string{"system/cpu", "rows", "train_auc", "brier", "valid_logloss", "seconds", "test_auc"}
	measure.Sort(keys)
	want := []string{"test_auc", "valid_logloss", "brier", "train_auc", "rows", "seconds", "system/cpu"}
	if d := cmp.Diff(want, keys); d != "" {
		t.Error(d)
	}
}

func TestBetter(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]int{
		"valid_auc": 1, "val_acc": 1, "accuracy_score": 1, "eval/f1": 1, "r2": 1,
		"train-logloss": -1, "brier_score": -1, "zero_one_error": -1, "seconds_per_round": -1,
		"rows": 0, "accent": 0, "scored": 0, "system/gpu_error": 0,
	} {
		if got := measure.Better(key); got != want {
			t.Errorf("Better(%s) = %d, want %d", key, got, want)
		}
	}
}
