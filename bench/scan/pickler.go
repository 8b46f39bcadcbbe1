//go:build linux

package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
)

// pickler writes opcodes of protocols 2 and 4 as CPython's pickler does. After
// an error it writes nothing.
type pickler struct {
	w    *bufio.Writer
	memo uint32
	err  error
	text map[string]uint32 // entries of the memo, by text
	out  int64
}

func (p *pickler) keep(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *pickler) raw(s string) {
	if p.err == nil {
		_, p.err = p.w.WriteString(s)
		p.out += int64(len(s))
	}
}

func (p *pickler) memoize() {
	p.raw("\x94")
	p.memo++
}

// str writes a text, or the entry of the memo that has it.
func (p *pickler) str(s string, again bool) {
	if n, ok := p.text[s]; ok {
		if n < 256 {
			p.raw("h" + string([]byte{byte(n)}))
		} else {
			p.raw("j" + string(binary.LittleEndian.AppendUint32(nil, n)))
		}
		return
	}
	if p.text == nil {
		p.text = map[string]uint32{}
	}
	if again {
		p.text[s] = p.memo
	}
	p.raw("\x8c" + string([]byte{byte(len(s))}) + s)
	p.memoize()
}

func (p *pickler) integer(n int64) {
	p.raw("J" + string(binary.LittleEndian.AppendUint32(nil, uint32(n))))
}

func (p *pickler) global(module, name string) {
	p.str(module, true)
	p.str(name, true)
	p.raw("\x93")
	p.memoize()
}

// ndarray writes a numpy array of n bytes of float32, whose bytes write writes.
func (p *pickler) ndarray(n int64, write func()) {
	p.global("numpy._core.multiarray", "_reconstruct")
	p.global("numpy", "ndarray")
	p.raw("K\x00\x85")
	p.memoize()
	p.raw("C\x01b")
	p.memoize()
	p.raw("\x87")
	p.memoize()
	p.raw("R")
	p.memoize()
	p.raw("(K\x01")
	p.integer(n / 4)
	p.raw("\x85")
	p.memoize()
	p.global("numpy", "dtype")
	p.str("f4", true)
	p.raw("\x89\x88\x87")
	p.memoize()
	p.raw("R")
	p.memoize()
	p.raw("(K\x03")
	p.str("<", true)
	p.raw("NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t")
	p.memoize()
	p.raw("b\x89B" + string(binary.LittleEndian.AppendUint32(nil, uint32(n))))
	write()
	p.memoize()
	p.raw("t")
	p.memoize()
	p.raw("b")
}

// records writes a list of dicts of at least n bytes.
func (p *pickler) records(n int64, random *rand.Rand) {
	p.raw("]")
	p.memoize()
	for end, row := p.out+n, 0; p.out < end && p.err == nil; {
		p.raw("(")
		for range 1000 {
			p.record(row, random)
			row++
		}
		p.raw("e")
	}
}

func (p *pickler) record(row int, random *rand.Rand) {
	p.raw("}")
	p.memoize()
	p.raw("(")
	p.str("id", true)
	p.integer(int64(row))
	p.str("name", true)
	p.str(fmt.Sprintf("customer-%d", row), false)
	p.str("score", true)
	p.raw("G" + string(binary.BigEndian.AppendUint64(nil, math.Float64bits(random.Float64()))))
	p.str("tags", true)
	p.raw("]")
	p.memoize()
	p.raw("(")
	p.str(fmt.Sprintf("segment-%d", row%97), true)
	p.str(fmt.Sprintf("region-%d", row%31), true)
	p.raw("e")
	p.str("flags", true)
	p.raw("\x88NK" + string([]byte{byte(row)}) + "\x87")
	p.memoize()
	p.raw("u")
}

// stateDict writes an OrderedDict of tensors of n bytes of float32, protocol 2,
// as torch.save does.
func (p *pickler) stateDict(tensors int, n int64) {
	short := func(s string) { p.raw("X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s) }
	p.raw("\x80\x02ccollections\nOrderedDict\n)R(")
	for i := range tensors {
		short(fmt.Sprintf("layer%d.weight", i))
		p.raw("ctorch._utils\n_rebuild_tensor_v2\n((")
		short("storage")
		p.raw("ctorch\nFloatStorage\n")
		short(fmt.Sprint(i))
		short("cpu")
		p.integer(n / 4)
		p.raw("tQK\x00")
		p.integer(n / 4)
		p.raw("\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtR")
	}
	p.raw("u.")
}
