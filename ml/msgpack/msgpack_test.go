package msgpack

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func read(data string) (string, error) {
	var out []string
	err := Read(strings.NewReader(data), int64(len(data)), func(v Value) error {
		out = append(out, fmt.Sprintf("%d:%d@%d+%d=%s", v.Kind, v.Type, v.Offset, v.Size, v.Head))
		return nil
	})
	return strings.Join(out, " "), err
}

func TestRead(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 5000) // 10,000 bytes: heads end inside of a letter
	for name, c := range map[string]struct{ data, want string }{
		"empty":      {"\x80", ""},
		"a map":      {"\x82\xa1a\x01\xa1b\x93\xc0\xc2\xc3", "0:0@2+1=a 0:0@5+1=b"},
		"numbers":    {"\x9b\x7f\xff\xcc\x01\xcd\x00\x01\xce\x00\x00\x00\x01\xcf\x00\x00\x00\x00\x00\x00\x00\x01\xd0\x01\xd1\x00\x01\xd2\x00\x00\x00\x01\xd3\x00\x00\x00\x00\x00\x00\x00\x01\xca\x00\x00\x00\x00", ""},
		"bytes":      {"\x93\xc4\x01x\xc5\x00\x01y\xc6\x00\x00\x00\x01z", "1:0@3+1=x 1:0@7+1=y 1:0@13+1=z"},
		"texts":      {"\x93\xd9\x01x\xda\x00\x01y\xdb\x00\x00\x00\x01z", "0:0@3+1=x 0:0@7+1=y 0:0@13+1=z"},
		"extensions": {"\x93\xd4\x01x\xc7\x02\xffyz\xd5\x05ab", "2:1@3+1=x 2:-1@7+2=yz 2:5@11+2=ab"},
		"wide":       {"\xde\x00\x01\xa1a\xdd\x00\x00\x00\x02\x01\x02", "0:0@4+1=a"},
		"long":       {"\x91\xda\x27\x10" + long, "0:0@4+10000=" + long[:headSize]},
	} {
		if got, err := read(c.data); err != nil || got != c.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		for cut := range c.data {
			if cut > 64 && cut%97 != 0 {
				continue
			}
			if _, err := read(c.data[:cut]); !errors.Is(err, ErrSyntax) {
				t.Errorf("%s, cut at %d: %v", name, cut, err)
			}
		}
	}
	for name, data := range map[string]string{
		"more behind it": "\x80\x80", "a number": "\x01", "no type": "\x91\xc1", "no UTF-8": "\x91\xa1\xff", "a letter cut off": "\x91\xa1\xc3",
		"long, no UTF-8": "\x91\xda\x27\x10" + long[:9999] + "\xc3", "a size beyond it": "\x91\xc6\xff\xff\xff\xff", "entries beyond it": "\xdf\xff\xff\xff\xff",
	} {
		if _, err := read(data); !errors.Is(err, ErrSyntax) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := read(strings.Repeat("\x91", 5000) + "\x01"); !errors.Is(err, ErrLimit) {
		t.Errorf("too deep: %v", err)
	}
	stop := errors.New("stop")
	if err := Read(strings.NewReader("\x91\xa1a"), 3, func(Value) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of the caller: %v", err)
	}
}

// FuzzRead: whatever the bytes are, the reading ends, and values lie in them in order.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"\x80", "\x82\xa1a\x01\xa1b\x93\xc0\xc2\xc3", "\x93\xd4\x01x\xc7\x02\xffyz\xd5\x05ab", "\xde\x00\x01\xa1a\xdd\x00\x00\x00\x02\x01\x02"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		end := int64(0)
		err := Read(bytes.NewReader(data), int64(len(data)), func(v Value) error {
			if v.Offset < end || v.Size < 0 || v.Offset+v.Size > int64(len(data)) || !bytes.HasPrefix(data[v.Offset:v.Offset+v.Size], v.Head) {
				t.Fatalf("%+v behind %d of %d bytes", v, end, len(data))
			}
			end = v.Offset + v.Size
			return nil
		})
		if err != nil && !errors.Is(err, ErrSyntax) && !errors.Is(err, ErrLimit) {
			t.Fatal(err)
		}
	})
}
