package mlflow

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tacit-ml/tacit/internal/develop/tracking"
)

// readBatch reads a log-batch message as clients write it. It answers false
// for whatever is not quite so, and never reads a message otherwise than
// decodeAnyBatch does: reflection costs more than all else that a batch needs.
func readBatch(s string) (*tracking.Batch, bool) {
	p := &batchReader{s: s}
	b := &tracking.Batch{}
	seen := 0
	ok := p.object(func(name string) bool {
		switch name {
		case "run_id":
			return p.once(&seen, 1) && p.text(&b.Run)
		case "metrics":
			// A metric takes 50 bytes and more.
			b.Metrics = make([]tracking.Metric, 0, min(len(s)/50, tracking.MaxBatchMetrics))
			return p.once(&seen, 2) && p.list(func() bool {
				b.Metrics = append(b.Metrics, tracking.Metric{})
				return p.metric(&b.Metrics[len(b.Metrics)-1])
			})
		case "params":
			return p.once(&seen, 4) && p.list(func() bool {
				b.Params = append(b.Params, tracking.Param{})
				last := &b.Params[len(b.Params)-1]
				return p.pair(&last.Key, &last.Value)
			})
		case "tags":
			return p.once(&seen, 8) && p.list(func() bool {
				b.Tags = append(b.Tags, tracking.Tag{})
				last := &b.Tags[len(b.Tags)-1]
				return p.pair(&last.Key, &last.Value)
			})
		}
		return false
	})
	return b, ok && p.end() && b.Run != ""
}

// batchReader stands at a place of a text. Its methods move on and answer
// false where the text is not what they read.
type batchReader struct {
	s  string
	at int
}

// once answers false when the bit is set already, and sets it.
func (p *batchReader) once(seen *int, bit int) bool {
	again := *seen&bit != 0
	*seen |= bit
	return !again
}

func (p *batchReader) space() {
	for p.at < len(p.s) && (p.s[p.at] == ' ' || p.s[p.at] == '\n' || p.s[p.at] == '\t' || p.s[p.at] == '\r') {
		p.at++
	}
}

// take moves past c and the space before it.
func (p *batchReader) take(c byte) bool {
	p.space()
	if p.at < len(p.s) && p.s[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *batchReader) end() bool {
	p.space()
	return p.at == len(p.s)
}

// object reads {"name": …}; field reads the value of name.
func (p *batchReader) object(field func(name string) bool) bool {
	if !p.take('{') {
		return false
	}
	if p.take('}') {
		return true
	}
	for {
		var name string
		if !p.text(&name) || !p.take(':') || !field(name) {
			return false
		}
		if p.take(',') {
			continue
		}
		return p.take('}')
	}
}

// list reads […].
func (p *batchReader) list(item func() bool) bool {
	if !p.take('[') {
		return false
	}
	if p.take(']') {
		return true
	}
	for {
		if !item() {
			return false
		}
		if p.take(',') {
			continue
		}
		return p.take(']')
	}
}

// text reads a string without escapes.
func (p *batchReader) text(v *string) bool {
	if !p.take('"') {
		return false
	}
	start, ascii := p.at, true
	for ; p.at < len(p.s); p.at++ {
		switch c := p.s[p.at]; {
		case c == '"':
			*v = p.s[start:p.at]
			p.at++
			return ascii || utf8.ValidString(*v)
		case c == '\\' || c < 0x20:
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return false
}

func (p *batchReader) pair(key, value *string) bool {
	seen := 0
	return p.object(func(name string) bool {
		switch name {
		case "key":
			return p.once(&seen, 1) && p.text(key)
		case "value":
			return p.once(&seen, 2) && p.text(value)
		}
		return false
	}) && *key != ""
}

func (p *batchReader) metric(m *tracking.Metric) bool {
	seen := 0
	if !p.object(func(name string) bool {
		switch name {
		case "key":
			return p.once(&seen, 1) && p.text(&m.Key)
		case "value":
			return p.once(&seen, 2) && p.float(&m.Value)
		case "timestamp":
			return p.once(&seen, 4) && p.int(&m.Timestamp)
		case "step":
			return p.once(&seen, 8) && p.int(&m.Step)
		case "model_id":
			return p.once(&seen, 16) && p.text(&m.ModelID)
		case "dataset_name":
			return p.once(&seen, 32) && p.text(&m.DatasetName)
		case "dataset_digest":
			return p.once(&seen, 64) && p.text(&m.DatasetDigest)
		}
		return false
	}) {
		return false
	}
	return seen&7 == 7 && m.Key != ""
}

// int reads a whole number of at most 18 digits.
func (p *batchReader) int(v *int64) bool {
	p.space()
	negative := p.at < len(p.s) && p.s[p.at] == '-'
	if negative {
		p.at++
	}
	start := p.at
	var n int64
	for ; p.at < len(p.s) && p.s[p.at] >= '0' && p.s[p.at] <= '9'; p.at++ {
		if p.at-start == 18 {
			return false
		}
		n = n*10 + int64(p.s[p.at]-'0')
	}
	digits := p.at - start
	if digits == 0 || digits > 1 && p.s[start] == '0' || p.at < len(p.s) && strings.IndexByte(".eE", p.s[p.at]) >= 0 {
		return false
	}
	if negative {
		n = -n
	}
	*v = n
	return true
}

// float reads a number, or one of the texts for what JSON has no number for.
func (p *batchReader) float(v *float64) bool {
	p.space()
	if p.at < len(p.s) && p.s[p.at] == '"' {
		var name string
		if !p.text(&name) {
			return false
		}
		switch name {
		case "NaN":
			*v = math.NaN()
		case "Infinity":
			*v = math.Inf(1)
		case "-Infinity":
			*v = math.Inf(-1)
		default:
			return false
		}
		return true
	}
	start := p.at
	if !p.number() {
		return false
	}
	// Out of range is an infinity, which is what the store cuts down.
	n, err := strconv.ParseFloat(p.s[start:p.at], 64)
	*v = n
	return err == nil || math.IsInf(n, 0)
}

// number moves past a JSON number.
func (p *batchReader) number() bool {
	if p.at < len(p.s) && p.s[p.at] == '-' {
		p.at++
	}
	first := p.at
	whole := p.digits()
	if whole == 0 || whole > 1 && p.s[first] == '0' {
		return false
	}
	if p.at < len(p.s) && p.s[p.at] == '.' {
		p.at++
		if p.digits() == 0 {
			return false
		}
	}
	if p.at < len(p.s) && (p.s[p.at] == 'e' || p.s[p.at] == 'E') {
		p.at++
		if p.at < len(p.s) && (p.s[p.at] == '+' || p.s[p.at] == '-') {
			p.at++
		}
		return p.digits() > 0
	}
	return true
}

func (p *batchReader) digits() int {
	start := p.at
	for p.at < len(p.s) && p.s[p.at] >= '0' && p.s[p.at] <= '9' {
		p.at++
	}
	return p.at - start
}
