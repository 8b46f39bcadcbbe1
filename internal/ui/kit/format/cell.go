package format

import (
	"strconv"
	"strings"
)

// Cell makes a text safe to be a cell of a CSV file. Spreadsheets compute what
// begins like a formula, and what somebody logged as a name or a param must not
// act in the name of whoever opens the export: such a text gets an apostrophe
// before it, which spreadsheets take for "this is text". What is a number stays
// one.
func Cell(s string) string {
	if s == "" || !strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}
