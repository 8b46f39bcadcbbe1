package keras

// Names are the texts in marshalled code that Python may use as names: those of
// the globals, attributes and modules that it reaches, of its arguments, and
// short constants. They are found by the tags before them, so that the order of
// a code object's parts, which each version of Python changes, plays no part; at
// most the first thousand are given.
func Names(code []byte) []string {
	const most = 1000
	var names []string
	for i := 0; i < len(code) && len(names) < most; {
		n, text := nameAt(code[i:])
		if n == 0 {
			i++
			continue
		}
		names = append(names, text)
		i += n
	}
	return names
}

// nameAt reads a marshalled text of 2 to 255 bytes that is a dotted name, and
// how long it is with its tag; 0 when none stands there.
func nameAt(b []byte) (int, string) {
	from, length := 0, 0
	switch {
	case len(b) > 2 && (b[0]&0x7f == 'z' || b[0]&0x7f == 'Z'):
		from, length = 2, int(b[1])
	case len(b) > 5 && (b[0]&0x7f == 'u' || b[0]&0x7f == 't' || b[0]&0x7f == 'a' || b[0]&0x7f == 'A' || b[0]&0x7f == 's') && b[2]|b[3]|b[4] == 0:
		from, length = 5, int(b[1])
	}
	if length < 2 || from+length > len(b) {
		return 0, ""
	}
	for i, c := range b[from : from+length] {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '.') {
			return 0, ""
		}
	}
	return from + length, string(b[from : from+length])
}
