package inspect

// format is how one kind of bytes is known and read.
type format struct {
	name  string
	looks func(s *Source) bool // by the content; wrong guesses cost a reading that finds nothing
	// read says what it understands. A source that turns out to be of another
	// format gives a Reading whose status is pickle.Failure: it counts only when
	// no other format did better.
	read func(v *visit, s *Source) Reading
}

// formats are all that are known by their bytes. Each that looks like a source
// reads it. Pickles and texts are not among them: a visit tries them last.
func formats() []format {
	k := newKerasReader()
	return append(textFormats(), []format{
		{"git-lfs", looksPointer, readPointer},
		{"executable", looksExecutable, readExecutable},
		{"zip", looksZip, readZip},
		{"tar", looksTar, readTar},
		{"ar", looksAr, readAr},
		{"cpio", looksCPIO, readCPIO},
		{"7z", looksSevenZip, readSevenZip},
		{"archive", looksUnread, readUnread},
		{"npy", looksNpy, readNpy},
		{"compressed", looksCompressed, readCompressed},
		{"sentencepiece", looksPieces, readPieces},
		{"png", looksPNG, readPNG},
		{"sqlite", looksSQLite, readSQLite},
		{"parquet", looksParquet, readParquet},
		{"arrow", looksArrow, readArrow},
		{"arrow stream", looksArrowStream, readArrowStream},
		{"msgpack", looksMsgpack, readMsgpack},
		{"word2vec", looksVectors, readVectors},
		{"fasttext", looksFastText, readFastText},
		{"media", looksMedia, readMedia},
		{"keras", looksJSONObject, k.read},
		{"hdf5", looksHDF5, k.readHDF5},
		{"onnx", looksProtobuf, readONNX},
		{"tensorflow", looksProtobuf, k.readTensorFlow},
		{"tensorflow-text", looksSavedModelText, readSavedModelText},
		{"checkpoint", looksCheckpoint, readCheckpoint},
		{"tflite", looksTFLite, k.readTFLite},
		{"checkpoint data", looksShard, readShard},
	}...)
}
