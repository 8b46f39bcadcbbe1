package chart

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tacit-ml/tacit/internal/foundation/draw"
)

func render(t *testing.T, l Line) string {
	t.Helper()
	var b strings.Builder
	if err := l.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func wave(n int) []Point {
	points := make([]Point, n)
	for i := range points {
		points[i] = Point{float64(i), math.Sin(float64(i) / 50)}
	}
	return points
}

func TestThinKeepsWhatIsSeen(t *testing.T) {
	t.Parallel()
	draw.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 9000).Draw(t, "n")
		points := wave(n)
		spike := rapid.IntRange(0, n-1).Draw(t, "spike")
		points[spike].Y = 7
		broken := rapid.IntRange(0, n-1).Draw(t, "broken")
		if broken != spike {
			points[broken].Y = math.NaN()
		}
		thin := Thin(points, MostPoints)
		if len(thin) > MostPoints*2+1 {
			t.Fatalf("%d points of %d", len(thin), n)
		}
		top, gap := 0.0, false
		for i, p := range thin {
			if i > 0 && p.X <= thin[i-1].X {
				t.Fatalf("points are out of order at %v", p.X)
			}
			if isNumber(p.Y) {
				top = max(top, p.Y)
			} else {
				gap = true
			}
		}
		if top != 7 {
			t.Fatalf("the spike at %d is lost, greatest is %v", spike, top)
		}
		if gap != (broken != spike) {
			t.Fatalf("the gap at %d is lost", broken)
		}
	})
}

// TestThinnedShowsWhatTheWholeLineShows: whatever the order in which points
// come, the drawing of those that are held has each extreme of the whole line's
// within half a part of what is drawn, its end, and no value that is not there.
func TestThinnedShowsWhatTheWholeLineShows(t *testing.T) {
	t.Parallel()
	draw.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 10*mostHeld).Draw(t, "n")
		jump := rapid.SampledFrom([]int{1, 7, 7919}).Draw(t, "jump")
		for n%jump == 0 && jump > 1 {
			n++ // so that the jumps reach every place
		}
		spikes := rapid.SliceOfN(rapid.IntRange(0, n-1), 1, 5).Draw(t, "spikes")
		whole := wave(n)
		for i, at := range spikes {
			whole[at].Y = 5 + float64(i)
		}
		var held Thinned
		for i := range whole {
			held.Add(whole[i*jump%n])
			if len(held.points) > 2*mostHeld {
				t.Fatalf("%d points are held", len(held.points))
			}
		}
		thin := Thin(held.Points(), MostPoints)
		for i, p := range thin {
			if whole[int(p.X)] != p || i > 0 && p.X <= thin[i-1].X {
				t.Fatalf("%v is not of the line, or out of order", p)
			}
		}
		if thin[len(thin)-1] != whole[n-1] {
			t.Fatalf("the line ends at %v, want %v", thin[len(thin)-1], whole[n-1])
		}
		near := float64(n) / MostPoints
		for _, at := range spikes {
			if !slices.ContainsFunc(thin, func(p Point) bool { return math.Abs(p.X-float64(at)) <= 2*near && p.Y >= whole[at].Y }) {
				t.Fatalf("the spike at %d of %d is lost", at, n)
			}
		}
	})
}

func TestTicksEnclose(t *testing.T) {
	t.Parallel()
	draw.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e6, 1e6).Draw(t, "lo")
		hi := lo + rapid.Float64Range(0, 1e6).Draw(t, "more")
		at, step := ticks(lo, hi)
		if len(at) < 2 || len(at) > 8 {
			t.Fatalf("%d ticks for %v to %v", len(at), lo, hi)
		}
		if tolerance := max(step*1e-6, 1e-15*max(math.Abs(lo), math.Abs(hi))); at[0] > lo+tolerance || at[len(at)-1] < hi-tolerance {
			t.Fatalf("ticks %v do not enclose %v to %v", at, lo, hi)
		}
	})
}

func TestLogTicksEnclose(t *testing.T) {
	t.Parallel()
	draw.Check(t, func(t *rapid.T) {
		lo := math.Pow(10, rapid.Float64Range(-299, 300).Draw(t, "exponent of lo"))
		hi := lo * math.Pow(10, rapid.OneOf(rapid.Float64Range(0, 3), rapid.Float64Range(0, 640)).Draw(t, "decades"))
		hi = min(hi, 1e305) // no round number encloses the greatest of all
		at := logTicks(lo, hi)
		if len(at) < 2 || len(at) > 8 {
			t.Fatalf("%d ticks for %v to %v: %v", len(at), lo, hi, at)
		}
		for i, v := range at {
			if v <= 0 || math.IsInf(v, 0) || i > 0 && v <= at[i-1] {
				t.Fatalf("ticks %v", at)
			}
		}
		if last := at[len(at)-1]; at[0] > lo*(1+1e-6) || last < hi*(1-1e-6) {
			t.Fatalf("ticks %v do not enclose %v to %v", at, lo, hi)
		}
	})
}

func TestLogAxis(t *testing.T) {
	t.Parallel()
	points := []Point{{0, 10}, {1, 1}, {2, 0}, {3, 0.1}, {4, -2}, {5, 0.01}}
	out := render(t, Line{Title: "loss", X: "step", Height: 90, Log: true, Switch: "/x?y=1", Series: []Series{{Name: "loss", Slot: 1, Points: points}}})
	for _, want := range []string{
		"log scale", "2 of its values are not above zero", ">0.01</text>", ">10</text>", "Linear axis",
		`d="M0 0L200 30M600 60M1000 90"`, // a decade is a third of 90 pixels, and what has no place breaks the line
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the chart has no %q", want)
		}
	}
	out = render(t, Line{Title: "loss", X: "step", Log: true, Series: []Series{{Name: "loss", Slot: 1, Points: []Point{{0, -1}, {1, 0}}}}})
	if !strings.Contains(out, "No value is above zero.") || strings.Contains(out, "<svg") {
		t.Error("a logarithmic chart without a value above zero draws something")
	}
}

func TestBestIsMarked(t *testing.T) {
	t.Parallel()
	valid := Series{Name: "valid", Slot: 1, Points: []Point{{0, 0.9}, {10, 0.4}, {20, 0.5}, {30, math.NaN()}}}
	train := Series{Name: "train", Slot: 1, Dashed: true, Points: []Point{{0, 0.9}, {20, 0.1}}}
	for _, c := range []struct {
		name string
		line Line
		want string
	}{
		{"lower", Line{Better: Lower, Series: []Series{valid, train}}, "best valid 0.4000 at step 10"},
		{"higher", Line{Better: Higher, Series: []Series{train, valid}}, "best valid 0.9000 at step 0"},
		{"alone", Line{Better: Lower, Series: []Series{valid}}, "best 0.4000 at step 10"},
		{"no direction", Line{Series: []Series{valid, train}}, ""},
		{"the last is best", Line{Better: Lower, Series: []Series{{Name: "a", Points: []Point{{0, 2}, {1, 1}}}}}, ""},
		{"several", Line{Better: Lower, Series: []Series{valid, valid}}, ""},
	} {
		c.line.X, c.line.Height = "step", 200
		out := render(t, c.line)
		if marked := strings.Contains(out, `class="cross d3"`); marked != (c.want != "") || !strings.Contains(out, c.want) {
			t.Errorf("%s: marked %v, want %q in %s", c.name, marked, c.want, out)
		}
	}
}

func TestLabelsDoNotTouch(t *testing.T) {
	t.Parallel()
	draw.Check(t, func(t *rapid.T) {
		var l Line
		l.Height = 200
		for i := range rapid.IntRange(2, 8).Draw(t, "series") {
			y := rapid.Float64Range(0, 1).Draw(t, "y")
			l.Series = append(l.Series, Series{Name: "s", Slot: i + 1, Points: []Point{{0, 0}, {1, y}}})
		}
		p := l.plot()
		for i := 1; i < len(p.labels); i++ {
			if d := p.labels[i].y - p.labels[i-1].y; d < 12.999 {
				t.Fatalf("labels are %v pixels apart", d)
			}
		}
	})
}

func TestLineIsWellFormedAndNamesItsGap(t *testing.T) {
	t.Parallel()
	points := wave(60)
	points[12].Y, points[13].Y = math.NaN(), math.NaN()
	out := render(t, Line{Title: `loss <of> "x"`, X: "step", Series: []Series{{Name: "valid & test", Slot: 1, Points: points}, {Name: "train", Slot: 1, Dashed: true, Points: wave(60)}}, Export: "/x?a=1&b=2"})
	decoder := xml.NewDecoder(strings.NewReader(out))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		if start, ok := token.(xml.StartElement); ok {
			for _, a := range start.Attr {
				if a.Name.Local == "style" {
					t.Errorf("<%s> has a style attribute", start.Name.Local)
				}
			}
		}
	}
	for _, want := range []string{"valid &amp; test NaN at step 12–13", `role="img"`, "Show as table", `class="ln k1 d2"`, `class="zone"`} {
		if !strings.Contains(out, want) {
			t.Errorf("the chart has no %q", want)
		}
	}
	d := out[strings.Index(out, `data-name="valid`):]
	d = d[strings.Index(d, ` d="`):]
	if strings.Count(d[:strings.Index(d, `"/>`)], "M") != 2 {
		t.Error("the line is not broken where it is no number")
	}
}

func TestLineWithoutNumbersSaysSo(t *testing.T) {
	t.Parallel()
	out := render(t, Line{Title: "loss", X: "step", Series: []Series{{Name: "loss", Slot: 1, Points: []Point{{1, math.NaN()}}}}})
	if !strings.Contains(out, "No value is a number.") || strings.Contains(out, "<svg") {
		t.Error("a chart without numbers draws something")
	}
}

// TestGapsSayWhatTheyAre: infinity is no NaN; a store keeps it as the greatest
// double.
func TestGapsSayWhatTheyAre(t *testing.T) {
	most := math.MaxFloat64
	for want, values := range map[string][]float64{
		"NaN, ∞ and −∞ in 3 stretches, step 1–5": {1, math.NaN(), 2, most, 3, -most, 4},
		"∞ at step 1–2":          {1, math.Inf(1), most, 2},
		"NaN and −∞ at step 0–1": {math.NaN(), -most, 2},
		"NaN at step 3":          {1, 2, 3, math.NaN()},
	} {
		var points []Point
		for i, v := range values {
			points = append(points, Point{X: float64(i), Y: v})
		}
		var out strings.Builder
		if err := (Line{Title: "loss", X: "step", Series: []Series{{Name: "loss", Slot: 1, Points: points}}}).Render(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), "<span>"+want+"</span>") {
			t.Errorf("the head does not say %q", want)
		}
	}
}
