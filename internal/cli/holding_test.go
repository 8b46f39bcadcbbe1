package cli

import (
	"testing"
	"time"
)

// How long something holds is read in days and in Go's units; what is none, too
// long or beyond all numbers is refused, and never taken for another time.
func TestHowLongThingsHold(t *testing.T) {
	t.Parallel()
	const refused = -1
	for text, want := range map[string]struct{ token, keep time.Duration }{
		"24h":                  {24 * time.Hour, 24 * time.Hour},
		"30d":                  {720 * time.Hour, 720 * time.Hour},
		"1.5d":                 {36 * time.Hour, 36 * time.Hour},
		"0":                    {refused, 0},
		"0d":                   {refused, 0},
		"31d":                  {744 * time.Hour, refused},
		"1500ms":               {1500 * time.Millisecond, refused},
		"-1h":                  {refused, refused},
		"":                     {refused, refused},
		"d":                    {refused, refused},
		"24":                   {refused, refused},
		"soon":                 {refused, refused},
		"3650d":                {3650 * 24 * time.Hour, refused},
		"87600h1s":             {refused, refused},
		"3651d":                {refused, refused},
		"106751d":              {refused, refused},
		"200000d":              {refused, refused},
		"99999999999999999999": {refused, refused},
	} {
		for what, read := range map[string]struct {
			parse func(string) (time.Duration, error)
			want  time.Duration
		}{"a token": {parseTime, want.token}, "a secret before": {parseKeep, want.keep}} {
			got, err := read.parse(text)
			if err != nil {
				got = refused
			}
			if got != read.want {
				t.Errorf("%q for %s is %s, want %s", text, what, got, read.want)
			}
		}
	}
}
