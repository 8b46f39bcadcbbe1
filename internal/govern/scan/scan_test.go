package scan

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/tacit-ml/tacit/internal/govern/scan/inspect"
	"github.com/tacit-ml/tacit/ml/pickle"
)

const command = "cposix\nsystem\n(S'id'\ntR."

func scanner(t *testing.T) *Scanner {
	t.Helper()
	s, err := NewScanner(ScannerConfig{Engine: "tacit test", Now: func() time.Time { return time.Unix(0, 0) }, Budget: inspect.DefaultBudget()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	list, cut := "(lp0\nI1\na.", "\x80\x04\x95"
	for _, c := range []struct {
		name   string
		files  map[string]string
		from   pickle.Severity
		strict bool
		want   Outcome
	}{
		{"nothing", nil, pickle.Medium, false, Nothing},
		{"clean", map[string]string{"a": list}, pickle.Medium, false, Clean},
		{"a command", map[string]string{"a": list, "b": command}, pickle.Medium, false, Found},
		{"one that is cut off", map[string]string{"a": list, "b": cut}, pickle.Medium, false, Unscannable},
		{"a finding wins over what cannot be read", map[string]string{"a": command, "b": cut}, pickle.Medium, false, Found},
		{"strictly", map[string]string{"a": list, "b": cut}, pickle.Medium, true, Found},
		{"low ones count when they are asked for", map[string]string{"b": cut}, pickle.Low, false, Found},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			fsys := fstest.MapFS{}
			for name, text := range c.files {
				fsys[name] = &fstest.MapFile{Data: []byte(text)}
			}
			r, err := scanner(t).Tree(context.Background(), ".", fsys)
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Outcome(c.from, c.strict); got != c.want {
				t.Errorf("%s, want %s: %+v", got, c.want, r.Summary)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	s, err := inspect.NewSource("m.pkl", strings.NewReader(command), int64(len(command)), nil)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	r, err := scanner(t).Explain(context.Background(), s, &text)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"from posix import system", "posix.system('id')", "[52]", "dangerous-call"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, text.String())
		}
	}
	if r.Outcome(pickle.Medium, false) != Found || r.Artifacts[0].Format != "pickle p0" {
		t.Errorf("%+v", r.Artifacts[0])
	}
}
