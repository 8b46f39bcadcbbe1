package inspect

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// png is a picture with a chunk of any kind in it.
func png(name, data string) string {
	chunk := func(name, data string) string {
		length := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
		return string(length) + name + data + "\x00\x00\x00\x00"
	}
	return pngSignature + chunk("IHDR", strings.Repeat("\x01", 13)) + chunk(name, data) + chunk("IEND", "")
}

// extra is a file of gzip with an extra field.
func extra(t *testing.T, field, data string) string {
	z := gzipOf(t, data)
	size := binary.LittleEndian.AppendUint16(nil, uint16(len(field)))
	return z[:3] + "\x04" + z[4:10] + string(size) + field + z[10:]
}

// TestPassedOver: what no reader looks at is told as raw bytes, and what stands
// behind the end of a picture is read as what it is.
func TestPassedOver(t *testing.T) {
	field, noise := strings.Repeat("\xee", 100), strings.Repeat("\xfa\x81\x05", 50)
	small := new(bytes.Buffer)
	w := zlib.NewWriter(small)
	_, _ = w.Write([]byte(good))
	_ = w.Close()
	window := append([]byte{0x38, 0x8d}, small.Bytes()[2:]...) // 2 KiB: the bytes lie nearer than that
	for name, c := range map[string]struct {
		data string
		raw  []Range
		ok   bool
	}{
		"a.png":      {png("IDAT", "\xff\x00"), []Range{{From: 0, To: int64(len(png("IDAT", "\xff\x00")))}}, true},
		"zeros.png":  {png("IDAT", "") + "\x00\x00", []Range{{From: 0, To: int64(len(png("IDAT", "")))}}, true},
		"behind.png": {png("IDAT", "") + noise, []Range{{From: 0, To: int64(len(png("IDAT", "")))}}, false},
		"none.png":   {pngSignature, []Range{{From: 0, To: 8}}, false},
		"noise.png":  {pngSignature + noise, []Range{{From: 0, To: 8}}, false},
		"cut.png":    {png("IDAT", noise)[:60], []Range{{From: 0, To: 33}}, false},
		"extra.gz":   {extra(t, field, good), []Range{{From: 12, To: 112}}, true},
		"window.z":   {string(window), nil, true},
	} {
		p := tree(t, fstest.MapFS{name: {Data: []byte(c.data)}})[name]
		if ok := p.Status == pickle.Complete && p.Verdict == pickle.Clean && len(p.Coverage.Unparsed) == 0; ok != c.ok {
			t.Errorf("%s: %+v", name, p)
		}
		if len(p.Coverage.Raw) != len(c.raw) || len(c.raw) > 0 && p.Coverage.Raw[0] != c.raw[0] {
			t.Errorf("%s: raw are %v, not %v", name, p.Coverage.Raw, c.raw)
		}
	}
	if p := tree(t, fstest.MapFS{"a.png": {Data: []byte(png("IDAT", "") + system)}})["a.png"]; p.Verdict != pickle.Malicious {
		t.Errorf("a pickle behind a picture: %+v", p)
	}
}

// TestDeepText: a document that is deeper than what its readers go is not understood,
// and the budget is named; one of a depth that libraries read is.
func TestDeepText(t *testing.T) {
	nested := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	parts := tree(t, fstest.MapFS{
		"open.json":                   {Data: []byte(strings.Repeat("[", 100_000))},
		"list.json":                   {Data: []byte(strings.Repeat("[", 5000) + strings.Repeat("]", 5000))},
		"object.json":                 {Data: []byte(nested(5000))},
		"open.pmml":                   {Data: []byte("<?xml version='1.0'?><PMML>" + strings.Repeat("<a>", 100_000))},
		"list.pmml":                   {Data: []byte("<?xml version='1.0'?><PMML>" + strings.Repeat("<a>", 5000) + strings.Repeat("</a>", 5000) + "</PMML>")},
		"shallow.pmml":                {Data: []byte("<?xml version='1.0'?><PMML>" + strings.Repeat("<a>", 500) + strings.Repeat("</a>", 500) + "<b/></PMML>")},
		"shallow.json":                {Data: []byte(strings.Repeat("[", 900) + strings.Repeat("]", 900))},
		"model/tokenizer_config.json": {Data: []byte(`{"chat_template": "{{ x }}", "model": ` + nested(900) + `}`)},
	})
	cut := tree(t, fstest.MapFS{"a.pmml": {Data: []byte("<?xml version='1.0'?><PMML><Header>")}})["a.pmml"]
	if cut.Status != pickle.Inconclusive {
		t.Errorf("a document that is cut off: %+v", cut)
	}
	for name, p := range parts {
		deep := strings.HasPrefix(name, "open.") || strings.HasPrefix(name, "list.") || name == "object.json"
		if deep && (p.Status != pickle.Inconclusive || !strings.Contains(p.Reason, "1024 ")) || !deep && (p.Status != pickle.Complete || p.Verdict != pickle.Clean) {
			t.Errorf("%s: %s, %s, %s", name, p.Status, p.Verdict, p.Reason)
		}
	}
}

// TestStored: tables, arrays and indexes are known by their headers, and a pickle that
// has the same first bytes is a pickle.
func TestStored(t *testing.T) {
	t.Parallel()
	numbers := strings.Repeat("\xfa\x81\x05", 5000)
	for name, data := range map[string]string{
		"duckdb":        "\xfa\xee;\t\x15j$}DUCK" + numbers,
		"faiss":         "IxF2\x04\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x01" + numbers,
		"matlab":        "MATLAB 5.0 MAT-file" + strings.Repeat(" ", 105) + "\x00\x01IM" + numbers,
		"netcdf":        "CDF\x02\x00\x00\x00\x00" + numbers,
		"lightgbm-data": "______LightGBM_Binary_File_Token______\n" + numbers,
		"xgboost-data":  "\x01\xab\xff\xffversion:" + numbers,
	} {
		p := tree(t, fstest.MapFS{"data": {Data: []byte(data)}})["data"]
		if p.Status != pickle.Complete || p.Verdict != pickle.Clean || p.Format[0] != name || len(p.Coverage.Raw) != 1 {
			t.Errorf("%s: %s, %s, %v, %s", name, p.Status, p.Verdict, p.Format, p.Reason)
		}
	}
	hidden := "CDF\x02\x00" + strings.Repeat("\x00", 65) + "0" + system
	if p := tree(t, fstest.MapFS{"data": {Data: []byte(hidden)}})["data"]; p.Verdict != pickle.Malicious {
		t.Errorf("a pickle behind the first bytes of netCDF: %s, %v", p.Verdict, p.Format)
	}
	for name, data := range map[string]string{"faiss": "IxF2\x04\x00\x00\x00" + numbers, "duckdb": "\xfa\xee;\t\x15j$}DUCK"} {
		if p := tree(t, fstest.MapFS{"data": {Data: []byte(data)}})["data"]; p.Status == pickle.Complete {
			t.Errorf("%s, its first letters alone: %v", name, p.Format)
		}
	}
}
