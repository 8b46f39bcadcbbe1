// Package protobuf reads messages of Protocol Buffers from their wire format,
// by a Schema that is text, without generated code and without holding the
// message: a file of gigabytes is walked through a window.
//
// A schema has one line for each field: message, number, name, type; the type is
// varint, fixed32, fixed64, string, bytes, or the name of a message. Fields that
// the schema does not have are told, since whoever judges a file must know what
// was passed over. Groups, which no current format uses, are an error.
package protobuf
