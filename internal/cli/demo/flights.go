package demo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/tacit-ml/tacit/examples/guide/data"
	"github.com/tacit-ml/tacit/ml/tree"
)

// late is how many minutes after schedule an arrival counts as late.
const late = 15

// flight is what the demo reads of a flight.
type flight struct {
	Month    int32    `parquet:"month"`
	Day      int32    `parquet:"day"`
	Departs  int32    `parquet:"sched_dep_time"` // HHMM
	Arrives  int32    `parquet:"sched_arr_time"` // HHMM
	Delay    *float64 `parquet:"arr_delay,optional"`
	Carrier  *string  `parquet:"carrier,optional"`
	Origin   *string  `parquet:"origin,optional"`
	Dest     *string  `parquet:"dest,optional"`
	Distance int32    `parquet:"distance"`
	Hour     *string  `parquet:"time_hour,optional"`
}

// hour is the weather of one hour at one airport.
type hour struct {
	Origin    *string  `parquet:"origin,optional"`
	Time      *string  `parquet:"time_hour,optional"`
	Temp      *float64 `parquet:"temp,optional"`
	Humid     *float64 `parquet:"humid,optional"`
	WindFrom  *float64 `parquet:"wind_dir,optional"`
	WindSpeed *float64 `parquet:"wind_speed,optional"`
	WindGust  *float64 `parquet:"wind_gust,optional"`
	Rain      *float64 `parquet:"precip,optional"`
	Pressure  *float64 `parquet:"pressure,optional"`
	Visible   *float64 `parquet:"visib,optional"`
}

// features are the columns of the table, in order; text is coded by its place
// in the alphabet of the values seen.
var features = [...]string{
	"origin", "carrier", "dest", "distance", "departure_minute", "arrival_minute", "weekday",
	"temp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib",
}

// table is the flights of some months as features and labels.
type table struct {
	data    *tree.Data
	labels  []float32 // 1 when the flight arrived more than 15 minutes late
	codes   map[string][]string
	version string // SHA-256 of the tables it was made from
	read    int    // flights read, those without an arrival among them
}

// january to march, as the guide's story trains.
func trainingFlights() (*table, error) { return flightsOf(1, 3) }

func flightsOf(from, to int32) (*table, error) {
	all, err := parquet.Read[flight](bytes.NewReader(data.Flights()), int64(len(data.Flights())))
	if err != nil {
		return nil, fmt.Errorf("demo: flights.parquet: %w", err)
	}
	hours, err := parquet.Read[hour](bytes.NewReader(data.Weather()), int64(len(data.Weather())))
	if err != nil {
		return nil, fmt.Errorf("demo: weather.parquet: %w", err)
	}
	weather := make(map[[2]string]*hour, len(hours))
	for i := range hours {
		weather[[2]string{text(hours[i].Origin), text(hours[i].Time)}] = &hours[i]
	}
	digest := sha256.New()
	digest.Write(data.Flights())
	digest.Write(data.Weather())
	t := &table{version: hex.EncodeToString(digest.Sum(nil)), read: len(all), codes: codesOf(all)}
	t.data = &tree.Data{Names: features[:], Columns: make([][]float32, len(features))}
	for i := range all {
		f := &all[i]
		if f.Month < from || f.Month > to || f.Delay == nil {
			continue
		}
		t.add(f, weather[[2]string{text(f.Origin), text(f.Hour)}])
	}
	return t, nil
}

// codesOf is the alphabet of each text column over the whole year, so that a
// code means the same in every month.
func codesOf(all []flight) map[string][]string {
	seen := map[string]map[string]bool{"origin": {}, "carrier": {}, "dest": {}}
	for i := range all {
		seen["origin"][text(all[i].Origin)] = true
		seen["carrier"][text(all[i].Carrier)] = true
		seen["dest"][text(all[i].Dest)] = true
	}
	codes := map[string][]string{}
	for column, values := range seen {
		for v := range values {
			codes[column] = append(codes[column], v)
		}
		slices.Sort(codes[column])
	}
	return codes
}

func (t *table) add(f *flight, w *hour) {
	if w == nil {
		w = &hour{}
	}
	day := time.Date(2013, time.Month(f.Month), int(f.Day), 0, 0, 0, 0, time.UTC)
	row := [len(features)]float32{
		t.code("origin", f.Origin), t.code("carrier", f.Carrier), t.code("dest", f.Dest), float32(f.Distance),
		minutes(f.Departs), minutes(f.Arrives), float32(day.Weekday()),
		number(w.Temp), number(w.Humid), number(w.WindFrom), number(w.WindSpeed), number(w.WindGust),
		number(w.Rain), number(w.Pressure), number(w.Visible),
	}
	for j, v := range row {
		t.data.Columns[j] = append(t.data.Columns[j], v)
	}
	label := float32(0)
	if *f.Delay > late {
		label = 1
	}
	t.labels = append(t.labels, label)
}

func (t *table) code(column string, v *string) float32 {
	i, found := slices.BinarySearch(t.codes[column], text(v))
	if !found {
		return float32(math.NaN())
	}
	return float32(i)
}

// heldOut says whether row i is kept from the training.
func heldOut(i int) bool { return i%5 == 4 }

// part gives every fifth row (held out) or the others.
func (t *table) part(held bool) *table {
	p := &table{version: t.version, codes: t.codes, read: t.read}
	p.data = &tree.Data{Names: t.data.Names, Columns: make([][]float32, len(t.data.Columns))}
	for i, y := range t.labels {
		if heldOut(i) != held {
			continue
		}
		p.labels = append(p.labels, y)
		for j, c := range t.data.Columns {
			p.data.Columns[j] = append(p.data.Columns[j], c[i])
		}
	}
	return p
}

func minutes(hhmm int32) float32 { return float32(hhmm/100*60 + hhmm%100) }

func number(v *float64) float32 {
	if v == nil {
		return float32(math.NaN())
	}
	return float32(*v)
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
