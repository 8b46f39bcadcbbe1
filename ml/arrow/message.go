package arrow

import (
	"encoding/binary"
	"errors"
)

// Body is what a message of a stream says of what follows it (Message.fbs): what it is,
// and its size in bytes.
type Body struct {
	Kind uint8
	Size int64
}

// Schema is the Kind of the message that describes columns, with which a stream begins.
const Schema = 1

var errMessage = errors.New("the description of a message is no FlatBuffers table")

// Message reads the table of a message: its fields are the version, the kind, the
// header and the size of the body.
func Message(b []byte) (Body, error) {
	if len(b) < 4 {
		return Body{}, errMessage
	}
	table := int64(binary.LittleEndian.Uint32(b))
	if table+4 > int64(len(b)) {
		return Body{}, errMessage
	}
	fields := table - int64(int32(binary.LittleEndian.Uint32(b[table:])))
	if fields < 0 || fields+4 > int64(len(b)) {
		return Body{}, errMessage
	}
	length := int64(binary.LittleEndian.Uint16(b[fields:]))
	if fields+length > int64(len(b)) {
		return Body{}, errMessage
	}
	field := func(n, width int64) []byte { // nil where it has its default, which is 0
		entry := fields + 4 + 2*n
		if entry+2 > fields+length {
			return nil
		}
		at := int64(binary.LittleEndian.Uint16(b[entry:]))
		if at == 0 || table+at+width > int64(len(b)) {
			return nil
		}
		return b[table+at : table+at+width]
	}
	var out Body
	if kind := field(1, 1); kind != nil {
		out.Kind = kind[0]
	}
	if size := field(3, 8); size != nil {
		out.Size = int64(binary.LittleEndian.Uint64(size))
	}
	if out.Size < 0 || out.Kind == 0 {
		return Body{}, errMessage
	}
	return out, nil
}
