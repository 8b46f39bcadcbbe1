package format_test

import (
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// plain makes the no-break spaces of an answer readable.
func plain(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }

func TestMetric(t *testing.T) {
	t.Parallel()
	for v, want := range map[float64]string{
		0.78412345:      "0.7841",
		0.99996:         "1.000",
		9.99996:         "10.00",
		0.00001284:      "1.284e−05",
		-0.0112:         "−0.01120",
		12345.678:       "12,346",
		1234.56:         "1,235",
		800:             "800",
		-3:              "−3",
		0:               "0",
		1e20:            "1.000e+20",
		math.NaN():      "NaN",
		math.Inf(-1):    "−∞",
		math.MaxFloat64: "∞",
	} {
		if got := plain(format.Metric(v)); got != want {
			t.Errorf("Metric(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestColumnHasEquallyManyDecimals(t *testing.T) {
	t.Parallel()
	write := format.Column([]float64{12.5, 0.4467, 0.00012, math.NaN(), 3})
	for v, want := range map[float64]string{12.5: "12.50", 0.4467: "0.45", 0.00012: "1.200e−04", 3: "3.00", 0: "0.00"} {
		if got := write(v); got != want {
			t.Errorf("%v is written %q, want %q", v, got, want)
		}
	}
	draw.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 20).Draw(t, "values")
		write := format.Column(values)
		decimals := -1
		for _, v := range values {
			s := write(v)
			if strings.Contains(s, "e") {
				continue
			}
			_, fraction, _ := strings.Cut(s, ".")
			if decimals >= 0 && len(fraction) != decimals {
				t.Fatalf("%v has %d decimals, others %d", s, len(fraction), decimals)
			}
			decimals = len(fraction)
			back, err := strconv.ParseFloat(strings.NewReplacer(",", "", "−", "-").Replace(s), 64)
			if err != nil || math.Abs(back-v) > 0.5000001*math.Pow10(-decimals) {
				t.Fatalf("%v is written %s", v, s)
			}
		}
	})
}

func TestSizesAndCounts(t *testing.T) {
	t.Parallel()
	check := func(got, want string) {
		t.Helper()
		if plain(got) != want {
			t.Errorf("got %q, want %q", plain(got), want)
		}
	}
	check(format.Count(11482006), "11,482,006")
	check(format.Count(-1000), "−1,000")
	check(format.Short(999), "999")
	check(format.Short(18234), "18.2 k")
	check(format.Short(999_960), "1 M")
	check(format.Bytes(212), "212 B")
	check(format.Bytes(1100), "1.1 KB")
	check(format.Bytes(48_104_000), "48.1 MB")
	check(format.Bytes(61_000_000), "61 MB")
	check(format.Bytes(999_999), "1 MB")
	check(format.Bytes(5_368_709_120), "5.4 GB")
	check(format.Share(0.25), "25 %")
	check(format.Share(0.0043), "0.4 %")
	check(format.PValue(0.36), "0.36")
	check(format.PValue(0.0002), "< 0.001")
	check(format.Change(0.0112, 4), "+0.0112")
	check(format.Change(-12, 0), "−12")
	check(format.Change(0.00001, 4), "0.0000")
	check(format.Axis(0.05, 0.025), "0.050")
	check(format.Axis(0.1, 0.1), "0.1")
	check(format.Axis(1_500_000, 500_000), "1.5 M")
	check(format.Axis(2e-5, 1e-5), "2e−05")
	check(format.Axis(1200, 200), "1,200")
}

func TestTimes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 14, 32, 8, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		420 * time.Microsecond: "420 µs", 2100 * time.Microsecond: "2.1 ms", 7 * time.Second: "7 s",
		22*time.Minute + 18*time.Second: "22 min 18 s", 12*time.Minute + 8*time.Second: "12 min 08 s",
		59970 * time.Millisecond: "1 min 00 s", 3*time.Hour + 5*time.Minute: "3 h 05 min", 51 * time.Hour: "2 d 3 h",
		-time.Second: "−1 s",
	} {
		if got := plain(format.Duration(d)); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
	for ago, want := range map[time.Duration]string{
		0: "just now", 11 * time.Second: "11 s ago", 9 * time.Minute: "9 min ago", 90 * time.Minute: "1 h ago",
		25 * time.Hour: "23 Nov 13:32", 365 * 24 * time.Hour: "24 Nov 2025", -2 * time.Hour: "24 Nov 16:32",
	} {
		if got := plain(format.Ago(now.Add(-ago), now)); got != want {
			t.Errorf("Ago(%v) = %q, want %q", ago, got, want)
		}
	}
	if got := format.Stamp(now); got != "2026-11-24 14:32:08 UTC" {
		t.Errorf("Stamp = %q", got)
	}
	if got := format.Machine(now.Add(5 * time.Microsecond)); got != "2026-11-24T14:32:08.000005Z" {
		t.Errorf("Machine = %q", got)
	}
}

func TestShown(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"churn": "churn", "a\u202egpj.pkl": "a\ufffdgpj.pkl", "\u2066x\u2069": "\ufffdx\ufffd", "שלום\u200f": "שלום\u200f"} {
		if got := format.Shown(name); got != want {
			t.Errorf("%q is shown as %q", name, got)
		}
	}
}
