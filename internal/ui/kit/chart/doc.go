// Package chart draws charts as SVG, without script and without inline style.
//
// Words. A chart is a figure: a head with title and note, one <svg class="pl">
// whose margins are classes of the style sheet, a nested stretched <svg> of
// 1,000 units' width that holds the marks with strokes that do not scale, and
// the same numbers as a table. A series keeps its slot, which is its colour. A
// value that is not a number breaks the line and is named; it is never bridged.
//
// A chart is a templ.Component. It reads no store and knows no room's words.
package chart

// Point is one value at one place of the x axis.
type Point struct{ X, Y float64 }

// Series is one line. Its points are in order of X.
type Series struct {
	Name   string
	Slot   int  // colour 1 to 8; 0 is grey, for what is compared with
	Dashed bool // training, where validation is solid
	Points []Point
}

// MostPoints is how many points of a line are drawn; of longer lines the
// least and the greatest of each pixel.
const MostPoints = 2000

// MostRows is how many rows the table of a chart has.
const MostRows = 100
