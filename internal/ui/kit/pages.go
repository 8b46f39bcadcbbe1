package kit

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// mostRows bounds what an address may say of the rows before its page.
const mostRows = 1 << 40

// At is what the address of a page of a list says of the rows before it; a page
// token does not tell. The list's own count is believed before it.
func At(r *http.Request) int { return AtOf(r.URL.Query().Get("at")) }

// AtOf reads how many rows stand before a page, where the address says it by another
// word.
func AtOf(text string) int {
	at, err := strconv.Atoi(text)
	if err != nil || at < 0 || at > mostRows {
		return 0
	}
	return at
}

// text says which rows of how many are shown.
func (p Pages) text() string {
	from, to := int64(p.At), int64(p.At+p.Shown)
	if p.Known && to > p.Of {
		from, to = 0, int64(p.Shown) // the list became shorter, or the address is made up
	}
	all := to
	if p.Known {
		all = p.Of
	}
	noun := p.Noun
	if all == 1 {
		noun = strings.TrimSuffix(noun, "s")
	}
	switch {
	case p.Known && (from > 0 || to < p.Of):
		return format.Count(from+1) + "–" + format.Count(to) + " of " + format.Count(p.Of) + " " + noun
	case !p.Known && (from > 0 || p.Next != ""):
		return noun + " " + format.Count(from+1) + "–" + format.Count(to)
	}
	return format.Count(to) + " " + noun
}
