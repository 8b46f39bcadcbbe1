package extent

import (
	"slices"
	"testing"
)

func TestRanges(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ all, holes, merged, left []Range }{
		{},
		{all: []Range{{5, 9}, {0, 5}}, merged: []Range{{0, 9}}, left: []Range{{0, 9}}},
		{all: []Range{{0, 9}}, holes: []Range{{0, 2}, {4, 5}, {8, 20}}, merged: []Range{{0, 9}}, left: []Range{{2, 4}, {5, 8}}},
		{all: []Range{{10, 12}, {0, 4}, {3, 6}}, holes: []Range{{5, 11}}, merged: []Range{{0, 6}, {10, 12}}, left: []Range{{0, 5}, {11, 12}}},
		{all: []Range{{0, 4}, {6, 8}}, holes: []Range{{0, 8}}, merged: []Range{{0, 4}, {6, 8}}},
	} {
		merged := Merge(slices.Clone(c.all))
		if left := Without(merged, c.holes); !slices.Equal(merged, c.merged) || !slices.Equal(left, c.left) {
			t.Errorf("%v without %v: merged %v, left %v", c.all, c.holes, merged, left)
		}
	}
}
