package audit

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/event"
	"github.com/tacit-ml/tacit/internal/foundation/rows"
	"github.com/tacit-ml/tacit/internal/foundation/rows/rowstest"
)

// Another retention and other targets leave one entry, in the name of who had them read,
// with hashes that follow one another; the same again leave none, and no secret is told.
func TestOtherSettingsAreTold(t *testing.T) {
	t.Parallel()
	rowstest.Each(t, schemas(), func(t *testing.T, db *rows.DB) {
		h := open(t, db)
		long := "https://collector.example.org/" + strings.Repeat("x", 1000)
		for _, s := range []Settings{
			{}, {Export: []Target{}}, {Retention: "400d"},
			{Retention: "400d", Export: []Target{{To: "syslogs://siem.example.org:6514", CAFile: "ca.pem"}}},
			{Retention: "400d", Export: []Target{{To: "syslogs://siem.example.org:6514", CAFile: "other.pem"}}},
			{Export: slices.Repeat([]Target{{To: long, TokenFile: "token"}}, 100)},
			{},
		} {
			h.Settings = func() Settings { return s }
			for range 2 {
				if err := h.TellSettings(local()); err != nil {
					t.Fatal(err)
				}
			}
		}
		all, err := h.Events.List(local(), event.Query{Workspace: "default", Verb: settingsVerb, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(all)
		before, told := hashOf(Settings{}), []string{}
		for _, e := range all {
			if e.Before != before || e.After == before || e.Actor.String() != "tacit:user/local" {
				t.Errorf("%+v does not follow %s", e, before)
			}
			text, _ := e.Data.(json.RawMessage)
			before, told = e.After, append(told, string(text[:min(len(text), 80)]))
		}
		want := []string{
			`{"retention":"400d","targets":0}`,
			`{"retention":"400d","export":["syslogs://siem.example.org:6514"],"targets":1}`,
			`{"retention":"400d","export":["syslogs://siem.example.org:6514"],"targets":1}`,
			`{"export":["https://collector.example.org/` + strings.Repeat("x", 38),
			`{"targets":0}`,
		}
		if diff := cmp.Diff(want, told); diff != "" || before != hashOf(Settings{}) {
			t.Error(diff)
		}
	})
}
