package registry

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

func TestStages(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.model(t, "churn")
		for range 3 {
			h.version(t, "churn")
		}
		move := func(number int64, stage string, archive bool) {
			t.Helper()
			if _, err := h.SetStage(h.ctx, "churn", number, stage, archive); err != nil {
				t.Fatal(err)
			}
		}
		move(1, "production", false)
		move(2, "PRODUCTION", true)
		latest, err := h.Latest(h.ctx, "churn", nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range latest {
			got = append(got, fmt.Sprintf("%d %s", v.Number, v.Stage))
		}
		if d := cmp.Diff([]string{"1 Archived", "2 Production", "3 None"}, got); d != "" {
			t.Error(d)
		}
		if latest, err = h.Latest(h.ctx, "churn", []string{"staging", "Production"}); err != nil || len(latest) != 1 || latest[0].Number != 2 {
			t.Errorf("staging and production: %v, %v", latest, err)
		}
		_, err = h.SetStage(h.ctx, "churn", 1, "live", false)
		says(t, err, fault.Invalid, "Invalid Model Version stage: live. Value must be one of None, Staging, Production, Archived.")
		_, err = h.SetStage(h.ctx, "churn", 1, "None", true)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("archiving for None: %v", err)
		}
		_, err = h.SetStage(h.ctx, "churn", 9, "Staging", false)
		says(t, err, fault.NotFound, "Model Version (name=churn, version=9) not found")
	})
}

func TestAliases(t *testing.T) {
	eachHouse(t, func(t *testing.T, h house) {
		h.model(t, "churn")
		h.version(t, "churn")
		h.version(t, "churn")
		for _, number := range []int64{1, 2} {
			if err := h.SetAlias(h.ctx, "churn", "champion", number); err != nil {
				t.Fatal(err)
			}
		}
		v, err := h.VersionByAlias(h.ctx, "churn", "champion")
		if err != nil || v.Number != 2 || !slices.Equal(v.Aliases, []string{"champion"}) {
			t.Errorf("champion is %v, %v", v, err)
		}
		if v, err = h.VersionByAlias(h.ctx, "churn", "LATEST"); err != nil || v.Number != 2 {
			t.Errorf("latest is %d, %v", v.Number, err)
		}
		if err := h.DeleteVersion(h.ctx, "churn", 2); err != nil {
			t.Fatal(err)
		}
		_, err = h.VersionByAlias(h.ctx, "churn", "champion")
		says(t, err, fault.Invalid, "Registered model alias champion not found.")
		if err := h.DeleteAlias(h.ctx, "churn", "champion"); err != nil {
			t.Errorf("deleting an absent alias: %v", err)
		}
		says(t, h.SetAlias(h.ctx, "churn", "Latest", 1), fault.Invalid, "'latest' alias name (case insensitive) is reserved.")
		says(t, h.SetAlias(h.ctx, "churn", "v12", 1), fault.Invalid, "Version alias name 'v12' is reserved.")
		says(t, h.SetAlias(h.ctx, "churn", "a/b", 1), fault.Invalid, "Invalid alias name: 'a/b'. Names may only contain alphanumerics, underscores (_), and dashes (-).")
		says(t, h.SetAlias(h.ctx, "churn", "champion", 2), fault.NotFound, "Model Version (name=churn, version=2) not found")
	})
}
