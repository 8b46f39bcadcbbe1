package pickle

// most opcodes of a burst, so that the budgets are looked at in time.
const mostBurst = 1 << 14

// burst executes the opcodes that make up most of a large pickle, as long as
// they follow each other inside the window and the frame: constants of fixed
// size, short texts, the memo. They do what the table says of them; only the
// machine's fields stay in registers meanwhile.
func (m *machine) burst() {
	in := &m.in
	buf, pos, stack := in.buf, in.pos, m.stack
	end := int(min(int64(len(buf)), m.frameEnd-in.base)) // frameEnd may be the largest integer
	base := in.base
	n := 0
loop:
	for ; n < mostBurst && pos+ahead <= end; n++ {
		at := base + int64(pos)
		switch Opcode(buf[pos]) {
		case opBinInt1:
			stack = append(stack, valueOf(Int, 0, at))
			pos += 2
		case opBinInt2:
			stack = append(stack, valueOf(Int, 0, at))
			pos += 3
		case opBinInt:
			stack = append(stack, valueOf(Int, 0, at))
			pos += 5
		case opBinFloat:
			stack = append(stack, valueOf(Float, 0, at))
			pos += 9
		case opNone:
			stack = append(stack, valueOf(None, 0, 0))
			pos++
		case opShortBinUnicode:
			next := pos + 2 + int(buf[pos+1])
			if next > end {
				break loop
			}
			stack = append(stack, valueOf(Str, 0, at))
			pos = next
		case opMark:
			m.marks = append(m.marks, len(stack))
			pos++
		case opMemoize:
			if len(stack) <= m.floor() || !m.memo.follow(stack[len(stack)-1], m.memo.count) {
				break loop
			}
			pos++
		case opBinPut:
			if len(stack) <= m.floor() || !m.memo.follow(stack[len(stack)-1], int64(buf[pos+1])) {
				break loop
			}
			pos += 2
		case opBinGet:
			v := m.memo.early(buf[pos+1])
			if v == 0 || v.Kind() == Global {
				break loop
			}
			stack = append(stack, v)
			pos += 2
			m.gets++
		default:
			break loop
		}
	}
	m.opcodes += int64(n)
	in.pos, m.stack = pos, stack
}
