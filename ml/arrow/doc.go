// Package arrow finds what files of Apache Arrow and Parquet say of their schema:
// the names and values by which a reader makes types of its own. It reads no columns.
//
// Of Parquet that is the metadata at the end (Thrift's compact protocol), among
// which pyarrow keeps the schema in Base64; of Feather 2 and the IPC file format the
// first message and the footer (FlatBuffers). What is not understood is an error.
package arrow
