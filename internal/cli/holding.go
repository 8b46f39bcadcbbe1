package cli

import (
	"strings"
	"time"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/access"
)

// parseTime reads how long a token is to hold, access.MaxHold at most: 30d, or as
// time.ParseDuration does.
func parseTime(text string) (time.Duration, error) {
	d, ok := parseDays(text)
	if !ok || d <= 0 || d > access.MaxHold {
		return 0, wrongUsage(fault.WithHint(fault.New(fault.Invalid, "%q is not how long a token may hold.", text),
			"write it as 30d or 12h, %dd at most, or leave --expires away: it holds until it is revoked", access.MaxHold/(24*time.Hour)))
	}
	return d, nil
}

// maxKeep is the longest that a secret before may be kept.
const maxKeep = 30 * 24 * time.Hour

// parseKeep reads how long a secret before is kept, 0 for not at all, to the
// second.
func parseKeep(text string) (time.Duration, error) {
	d, ok := parseDays(text)
	if !ok || d < 0 || d > maxKeep || d%time.Second != 0 {
		return 0, wrongUsage(fault.WithHint(fault.New(fault.Invalid, "%q is not how long the secret before may be kept.", text),
			"write it as 24h or 7d, 30d at most, or 0 to end it at once"))
	}
	return d, nil
}

// parseDays reads a time as time.ParseDuration does, or days, as 30d.
func parseDays(text string) (time.Duration, bool) {
	number, days := strings.CutSuffix(text, "d")
	if !days {
		d, err := time.ParseDuration(text)
		return d, err == nil
	}
	// Days are read as so many hours, which bounds them before they are multiplied.
	d, err := time.ParseDuration(number + "h")
	const most = 1<<63 - 1
	return d * 24, err == nil && d <= most/24 && d >= -most/24
}
