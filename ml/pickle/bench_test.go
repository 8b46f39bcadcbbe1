package pickle

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// table is a pickle of rows as CPython writes them: a list of n dicts of a
// text, integers and floats, in frames.
func table(n int) []byte {
	var body bytes.Buffer
	flush := func(out *bytes.Buffer) {
		frame := binary.LittleEndian.AppendUint64([]byte{byte(opFrame)}, uint64(body.Len()))
		out.Write(frame)
		out.Write(body.Bytes())
		body.Reset()
	}
	var out bytes.Buffer
	out.Write([]byte{byte(opProto), 4})
	body.Write([]byte{byte(opEmptyList), byte(opMemoize)})
	for i := range n {
		if i%1000 == 0 {
			if i > 0 {
				body.WriteByte(byte(opAppends))
			}
			body.WriteByte(byte(opMark))
		}
		body.Write([]byte{byte(opEmptyDict), byte(opMemoize), byte(opMark)})
		for j, key := range []string{"name", "age", "income", "score"} {
			if i == 0 {
				body.Write(append([]byte{byte(opShortBinUnicode), byte(len(key))}, key...))
				body.WriteByte(byte(opMemoize))
			} else {
				body.Write([]byte{byte(opBinGet), byte(2 + j*1)})
			}
			switch j {
			case 0:
				body.Write(append([]byte{byte(opShortBinUnicode), 12}, "customer-num"...))
				body.WriteByte(byte(opMemoize))
			case 1:
				body.Write([]byte{byte(opBinInt1), byte(i)})
			case 2:
				body.Write([]byte{byte(opBinInt), 1, 2, 3, 4})
			case 3:
				body.Write([]byte{byte(opBinFloat), 1, 2, 3, 4, 5, 6, 7, 8})
			}
		}
		body.WriteByte(byte(opSetItems))
		if body.Len() > 64<<10 {
			flush(&out)
		}
	}
	body.Write([]byte{byte(opAppends), byte(opStop)})
	flush(&out)
	return out.Bytes()
}

func BenchmarkScan(b *testing.B) {
	v := vetting(b)
	numbers := append([]byte{byte(opProto), 4, byte(opEmptyList)}, bytes.Repeat(append(append([]byte{byte(opMark)}, bytes.Repeat([]byte{byte(opBinFloat), 1, 2, 3, 4, 5, 6, 7, 8}, 1000)...), byte(opAppends)), 1000)...)
	small := append([]byte{byte(opProto), 4, byte(opEmptyList)}, bytes.Repeat(append(append([]byte{byte(opMark)}, bytes.Repeat([]byte{byte(opBinInt1), 7}, 1000)...), byte(opAppends)), 4000)...)
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"rows", table(200_000)}, {"floats", append(numbers, byte(opStop))}, {"bytes", append(small, byte(opStop))},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.data)))
			b.ReportAllocs()
			for b.Loop() {
				r := Scan(bytes.NewReader(c.data), int64(len(c.data)), v, DefaultBudget())
				if r.Status != Complete || r.Verdict != Clean {
					b.Fatal(r.Status, r.Verdict, r.Reason, r.Findings)
				}
			}
		})
	}
}
