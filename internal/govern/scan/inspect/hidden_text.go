package inspect

import (
	"encoding/base64"
	"fmt"
	"io"
	"strings"
)

// hiddenText inspects a text of a file that is itself a pickle, as it is or in
// Base64: some programs unpickle what they find in properties. Other texts are
// texts.
func (v *visit) hiddenText(out *Reading, s *Source, name string, at, length int64, start string) {
	const shortest = 8
	var in io.Reader = io.NewSectionReader(s.Bytes, at, length)
	switch {
	case length < shortest || len(start) < shortest:
		return
	case start[0] == 0x80 && start[1] <= 5:
	case strings.HasPrefix(start, "gA") && start[2] >= 'I' && start[2] <= 'V': // of \x80 and a protocol
		in = base64.NewDecoder(base64.StdEncoding, in)
	default:
		return
	}
	v.keep(out, v.stream(s, fmt.Sprintf("%s@%d", printable(short(name)), at), in, -1, length, nil))
}
