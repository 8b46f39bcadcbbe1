package lake

import (
	"fmt"
	"slices"
)

// alike are expressions for a column of A that has another type in B, which are equal
// where its values are. One value of another kind makes a whole column of a CSV file
// another type: it says nothing of the others.
func (w *comparing) alike(a, b Column) (inA, inB string) {
	if numeral(a) != "" && numeral(b) != "" {
		return numeral(a), numeral(b)
	}
	asWritten(&w.A, a.Name)
	asWritten(&w.B, b.Name)
	text := "CAST(" + Quote(a.Name) + " AS varchar)"
	return text, text
}

// numeral writes a number as one of any other type is written, "" for no number, and for
// one whose digits would not all be kept.
func numeral(c Column) string {
	x := Quote(c.Name)
	switch c.Kind {
	case Float:
		return "CAST(" + x + " AS varchar)"
	case Int: // beyond these some integers are no double
		return fmt.Sprintf("CASE WHEN %s BETWEEN -9007199254740992 AND 9007199254740992 THEN CAST(CAST(%s AS double) AS varchar) ELSE CAST(%s AS varchar) END", x, x, x)
	case Decimal:
		var digits int
		if _, err := fmt.Sscanf(c.Type, "DECIMAL(%d,", &digits); err == nil && digits <= 15 {
			return "CAST(CAST(" + x + " AS double) AS varchar)"
		}
	}
	return ""
}

// asWritten has a column of a CSV file be read as the texts that it has.
func asWritten(s *Source, column string) {
	if s.Table != nil || s.Format != CSV {
		return
	}
	s.Columns = slices.Clone(s.Columns)
	for i := range s.Columns {
		if s.Columns[i].Name == column {
			s.Columns[i] = Column{Name: column, Kind: Text}
		}
	}
}

// Apart are two values cut to so many characters, around where they begin to differ.
func Apart(a, b string, longest int) (string, string) {
	x, y := []rune(a), []rune(b)
	same := 0
	for same < min(len(x), len(y)) && x[same] == y[same] {
		same++
	}
	if same < longest {
		return excerpt(x, 0, longest), excerpt(y, 0, longest)
	}
	from := same - longest/2
	return excerpt(x, from, longest), excerpt(y, from, longest)
}

// excerpt takes so many characters out of a text, and marks where there are more.
func excerpt(text []rune, from, longest int) string {
	lead, end := "", ""
	if from > 0 {
		lead = "…"
	}
	if text = text[from:]; len(text) > longest {
		text, end = text[:longest], "…"
	}
	return lead + string(text) + end
}
