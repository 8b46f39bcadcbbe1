package kit

import (
	"context"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/ui/kit/format"
)

// mostCounted is where the numbers of the navigation stop.
const mostCounted = 10_000

// counts gives the numbers of the navigation's items by their paths, each as far
// as the reader may see what it counts. A page that tells a failure is shown
// also where they cannot be read.
func (s *Site) counts(ctx context.Context, p Page) (map[string]int64, error) {
	if p.unread(ctx) {
		return nil, nil
	}
	all := map[string]int64{}
	for _, c := range s.Chapters {
		for _, i := range c.Items {
			if i.Count == nil {
				continue
			}
			n, err := i.Count(ctx, mostCounted+1)
			if err != nil && p.Status == 0 && !fault.Is(err, fault.Denied) {
				return nil, err
			}
			if err == nil && n > 0 {
				all[i.Path] = n
			}
		}
	}
	return all, nil
}

// countText writes a count as it stands beside an item, and in full.
func countText(n int64) (short, full string) {
	if n > mostCounted {
		return format.Short(mostCounted) + "+", "more than " + format.Count(mostCounted)
	}
	return format.Short(n), format.Count(n)
}
