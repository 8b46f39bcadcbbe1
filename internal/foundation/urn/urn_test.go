package urn

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParsePrintsBack(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]URN{
		"tacit:run/abc":               New("run", "abc"),
		"tacit:model/churn/3":         New("model", "churn", "3"),
		"tacit:@team/model/churn/3":   New("model", "churn", "3").In("team"),
		"tacit:model/a%2Fb%40c%20d/1": New("model", "a/b@c d", "1"),
		"tacit:logged-model/m-0":      New("logged-model", "m-0"),
		"tacit:user/%C3%A4da":         New("user", "äda"),
	} {
		got, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" || got.String() != text {
			t.Errorf("%s: printed %s\n%s", text, got, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "run/a", "tacit:", "tacit:run", "tacit:run/", "tacit:run//a", "tacit:Run/a", "tacit:@/run/a", "tacit:@team/run", "tacit:run/%zz"} {
		if u, err := Parse(text); err == nil {
			t.Errorf("%q was read as %+v", text, u)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("tacit:@team/model/churn/3")
	f.Add("tacit:run/%2F%40")
	f.Fuzz(func(t *testing.T, text string) {
		u, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(u.String())
		if err != nil || cmp.Diff(u, again) != "" {
			t.Errorf("%q is %+v, printed %q, read again %+v, %v", text, u, u.String(), again, err)
		}
	})
}
