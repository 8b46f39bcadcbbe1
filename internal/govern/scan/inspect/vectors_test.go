package inspect

import (
	"bytes"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// little are numbers in the order of x86.
func little(values ...any) string {
	b := new(bytes.Buffer)
	for _, v := range values {
		_ = binary.Write(b, binary.LittleEndian, v) // into memory
	}
	return b.String()
}

// fastTextOf is a model of fastText with two words of two numbers; quantized ones have
// codes and centroids in place of the first matrix.
func fastTextOf(quantized bool) string {
	begin := fastTextMagic + little(int32(12), make([]int32, 12), float64(1))
	words := little(int32(2), int32(2), int32(0), int64(9), int64(-1)) + "a\x00" + little(int64(5), int8(0)) + "ab\x00" + little(int64(4), int8(0))
	dense := little(int64(2), int64(2), make([]float32, 4))
	if !quantized {
		return begin + words + "\x00" + dense + "\x00" + dense
	}
	centroids := little([]int32{1, 1, 1, 1}, make([]float32, 256))
	return begin + words + "\x01" + "\x01" + little(int64(2), int64(2), int32(2)) + "\x01\x02" + centroids + "\x03\x04" + centroids + "\x00" + dense
}

// TestVectorsOfWords: vectors in the binary form of word2vec and models of fastText are
// known by their structure, all of it; what is none of them stays unknown.
func TestVectorsOfWords(t *testing.T) {
	t.Parallel()
	numbers := strings.Repeat("\xff\xc1\x80\x3f", 3)
	packed := "2 3\nking " + numbers + "queen " + numbers
	for name, c := range map[string]struct {
		data, format string
		ok           bool
	}{
		"packed":            {packed, "word2vec", true},
		"lines":             {"2 3\nking " + numbers + "\nqueen " + numbers + "\n", "word2vec", true},
		"one number short":  {packed[:len(packed)-4], "unknown", false},
		"more behind them":  {packed + "\xff\xff", "unknown", false},
		"fewer than it has": {"3 3\n" + packed[4:], "unknown", false},
		"no words":          {"0 3\n" + numbers, "unknown", false},
		"fasttext":          {fastTextOf(false), "fasttext", true},
		"quantized":         {fastTextOf(true), "fasttext", true},
		"fasttext, cut":     {fastTextOf(false)[:150], "unknown", false},
		"fasttext, and":     {fastTextOf(true) + "\xff", "unknown", false},
		"another version":   {fastTextMagic + "\x0d" + fastTextOf(false)[5:], "unknown", false},
	} {
		p := tree(t, fstest.MapFS{"m.bin": {Data: []byte(c.data)}})["m.bin"]
		if ok := p.Status == pickle.Complete && p.Verdict == pickle.Clean; ok != c.ok || p.Format[len(p.Format)-1] != c.format {
			t.Errorf("%s: %s, %s, %v, %s", name, p.Status, p.Verdict, p.Format, p.Reason)
		}
	}
	data := fastTextOf(true)
	for cut := range len(data) {
		if p := tree(t, fstest.MapFS{"m.bin": {Data: []byte(data[:cut])}})["m.bin"]; p.Format[len(p.Format)-1] == "fasttext" {
			t.Errorf("cut at %d of %d it is %v", cut, len(data), p.Format)
		}
	}
}

// TestFilesOfWords: files of gensim, thinc and spaCy are read to their end.
func TestFilesOfWords(t *testing.T) {
	t.Parallel()
	for name, format := range map[string]string{
		"word2vec.bin": "word2vec", "word2vec.vec": "text", "fasttext.bin": "fasttext", "thinc.msgpack": "msgpack", "tokenizer.msgpack": "msgpack", "documents.spacy": "zlib > msgpack",
	} {
		b, err := os.ReadFile("testdata/words/" + name)
		if err != nil {
			t.Fatal(err)
		}
		p := tree(t, fstest.MapFS{"file": {Data: b}})["file"]
		last := p
		for len(last.Members) > 0 {
			last = last.Members[0]
		}
		if p.Status != pickle.Complete || p.Verdict != pickle.Clean || strings.Join(last.Format, " > ") != format {
			t.Errorf("%s: %s, %s, %v, %s", name, p.Status, p.Verdict, last.Format, p.Reason)
		}
	}
}

// TestMsgpack: MessagePack is data, but for bytes in it that somebody unpickles.
func TestMsgpack(t *testing.T) {
	t.Parallel()
	bin := func(data string) string { return "\xc5" + string([]byte{byte(len(data) >> 8), byte(len(data))}) + data }
	array := func(kind, data string) string { return "\x82\xc4\x02nd\xc3\xc4\x04data" + bin(data) + kind }
	for name, c := range map[string]struct {
		data, format string
		verdict      pickle.Verdict
	}{
		"empty":            {"\x80", "msgpack", pickle.Clean},
		"an array":         {"\x81\xa1a" + array("", strings.Repeat("\x00\xff", 40)), "msgpack", pickle.Clean},
		"extensions":       {"\x82\xa1a\xc7\x02\x01xy\xa1b\xd4\xff\x00", "msgpack with extensions [-1 1]", pickle.Clean},
		"of objects":       {"\x81\xa1a" + array("", good), "msgpack", pickle.Clean},
		"of objects, evil": {"\x81\xa1a" + array("", system), "msgpack", pickle.Malicious},
		"in a text":        {"\x91\xd9" + string([]byte{byte(len(system))}) + system, "msgpack", pickle.Malicious},
		"in an extension":  {"\x91\xc7" + string([]byte{byte(len(system))}) + "\x05" + system, "msgpack with extensions [5]", pickle.Malicious},
		"compressed":       {"\x91" + bin(gzipOf(t, system)), "msgpack", pickle.Malicious},
		"what is none":     {"\x82\xa1a\xc1", "unknown", pickle.NotKnown},
		"more behind it":   {"\x81\xa1a\x01\xc0", "unknown", pickle.NotKnown},
	} {
		p := tree(t, fstest.MapFS{"model": {Data: []byte(c.data)}})["model"]
		if p.Verdict != c.verdict || p.Format[len(p.Format)-1] != c.format || c.verdict == pickle.Clean && p.Status != pickle.Complete {
			t.Errorf("%s: %s, %s, %q, %s %+v", name, p.Status, p.Verdict, p.Format, p.Reason, p.Findings)
		}
	}
	// Read as opcodes its bytes are a pickle, whatever they are as numbers.
	if p := tree(t, fstest.MapFS{"model": {Data: []byte("\x8f" + "0cposix\nsystem\n(X\x02\x00\x00\x00idtR." + "")}})["model"]; p.Verdict != pickle.Malicious {
		t.Errorf("a pickle that is a map as well: %s, %v", p.Verdict, p.Format)
	}
}
