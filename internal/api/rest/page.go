package rest

import (
	"cmp"
	"slices"
	"time"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
	"github.com/tacit-ml/tacit/internal/foundation/filter"
	"github.com/tacit-ml/tacit/internal/foundation/page"
)

// Page is one page of a list.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"where the next page begins; absent on the last one"`
}

// pageOf makes a page of what a service found.
func pageOf[From, T any](found []From, next string, body func(From) T) *output[Page[T]] {
	items := make([]T, len(found))
	for i, one := range found {
		items[i] = body(one)
	}
	return &output[Page[T]]{Page[T]{items, next}}
}

// after is the token of the page behind what has a number.
func (f *face) after(scope string, number int64) string {
	return page.Seal(f.PageKey, scope, []filter.Key{{Value: number}})
}

// ListQuery asks for one page of a list.
type ListQuery struct {
	Filter string   `query:"filter" maxLength:"50000" doc:"conditions joined by AND, as in: metrics.auc > 0.8 AND tags.team = 'risk'"`
	Order  []string `query:"order,explode" nullable:"false" maxItems:"20" doc:"what to order by, as in: metrics.auc DESC; given again for more"`
	Limit  int      `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"items of a page at most"`
	Page   string   `query:"page" maxLength:"100000" doc:"next of the page before; filter and order stay the same"`
}

// LifecycleQuery chooses between what is in use and what is in the bin.
type LifecycleQuery struct {
	Lifecycle string `query:"lifecycle" enum:"active,deleted,all" default:"active"`
}

func (q LifecycleQuery) view() tracking.View {
	switch q.Lifecycle {
	case "deleted":
		return tracking.DeletedOnly
	case "all":
		return tracking.All
	}
	return tracking.ActiveOnly
}

// output is the answer of what reads.
type output[T any] struct{ Body T }

// made is the answer of what makes something: the thing and its address.
type made[T any] struct {
	Location string `header:"Location" doc:"address of what was made"`
	Body     T
}

// changed is the answer of what changes something: no content.
type changed struct{}

// TagBody is the value of a tag.
type TagBody struct {
	Value string `json:"value"`
}

// pairs are keys and values as JSON has them.
type pairs = map[string]string

// pairsOf makes an object of keys and values.
func pairsOf[T any](all []T, of func(T) (key, value string)) pairs {
	m := make(pairs, len(all))
	for _, one := range all {
		key, value := of(one)
		m[key] = value
	}
	return m
}

// ofPairs makes keys and values of an object, by key.
func ofPairs[T any](m pairs, of func(key, value string) T) []T {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	all := make([]T, len(keys))
	for i, key := range keys {
		all[i] = of(key, m[key])
	}
	return all
}

// The years that RFC 3339 has, in ms since 1970: a client of another protocol
// may have stored a time beyond them.
const (
	firstInstant = -62_135_596_800_000
	lastInstant  = 253_402_300_799_999
)

// instant is the time of ms since 1970, or the nearest that can be written.
func instant(ms int64) time.Time {
	return time.UnixMilli(min(max(ms, firstInstant), lastInstant)).UTC()
}

// instantOrNone is nil for 0, which stands for no time.
func instantOrNone(ms int64) *time.Time {
	if ms == 0 {
		return nil
	}
	t := instant(ms)
	return &t
}

// orNow is t in ms since 1970, or now's when it is nil.
func (f *face) orNow(t *time.Time) int64 {
	now := f.Now()
	return cmp.Or(t, &now).UnixMilli()
}
