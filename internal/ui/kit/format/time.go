package format

import (
	"fmt"
	"strconv"
	"time"
)

// At is the time of ms milliseconds since 1970, zero when they are.
func At(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// Duration writes the two largest units; one below a minute, milliseconds
// below a second, microseconds below a millisecond.
func Duration(d time.Duration) string {
	if d < 0 {
		return minus + Duration(-d)
	}
	switch {
	case d < time.Millisecond:
		return strconv.FormatInt(d.Microseconds(), 10) + nb + "µs"
	case d < time.Second:
		return three(float64(d.Microseconds())/1e3) + nb + "ms"
	case d < time.Minute-50*time.Millisecond:
		return three(d.Seconds()) + nb + "s"
	}
	d = d.Round(time.Second)
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%d%smin%s%02d%ss", d/time.Minute, nb, nb, d%time.Minute/time.Second, nb)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d%sh%s%02d%smin", d/time.Hour, nb, nb, d%time.Hour/time.Minute, nb)
	}
	return fmt.Sprintf("%s%sd%s%d%sh", Count(int64(d/(24*time.Hour))), nb, nb, d%(24*time.Hour)/time.Hour, nb)
}

// Ago writes how long before now t was, when that is under 24 hours; else its
// date. What lies ahead of now by less than a minute is clocks that differ.
func Ago(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case d < -time.Minute || d >= 24*time.Hour:
		return Date(t, now)
	case d < time.Second:
		return "just now"
	case d < time.Minute:
		return fmt.Sprintf("%d%ss ago", d/time.Second, nb)
	case d < time.Hour:
		return fmt.Sprintf("%d%smin ago", d/time.Minute, nb)
	}
	return fmt.Sprintf("%d%sh ago", d/time.Hour, nb)
}

// Date writes day and minute, or day and year when the year is another; UTC.
func Date(t, now time.Time) string {
	t = t.UTC()
	if t.Year() != now.UTC().Year() {
		return t.Format("2\u00a0Jan\u00a02006")
	}
	return t.Format("2\u00a0Jan\u00a015:04")
}

// Stamp writes the whole time with its zone, for titles and tables of record.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// Machine writes the whole time for the datetime attribute.
func Machine(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999Z07:00") }
