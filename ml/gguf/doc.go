// Package gguf reads the header of GGUF files, versions 1 to 3 of either byte
// order, as llama.cpp's reader would, and says what is wrong with it.
//
// Words: a pair is a key and a typed value of the metadata; a tensor's offset is
// counted from the start of the data, which is aligned behind the header. The
// layout is that of ggml's docs/gguf.md, block sizes are those of gguf-py.
//
// It reads no tensors, holds no arrays, and judges nothing.
package gguf
