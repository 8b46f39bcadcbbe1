package inspect

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// TestRareContainers: the payload is found in every container whose bytes can be had,
// and of the others it is told what they are. testdata/containers.py wrote them.
func TestRareContainers(t *testing.T) {
	t.Parallel()
	unread := map[string]string{
		"aes.zip": "method 99 (AES encryption)", "ppmd.zip": "method 98 (PPMd)", "implode.zip": "method 6 (implode)", "sealed.zip": "it is encrypted, or says so",
		"preset.zlib": "a dictionary that is not in it",
	}
	files, err := filepath.Glob("testdata/containers/*")
	if err != nil || len(files) < 15 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		p := one(t, name, string(b))
		reason, sealed := unread[name]
		switch {
		case sealed && (p.Status == pickle.Complete || p.Verdict == pickle.Clean || !strings.Contains(p.Reason, reason)):
			t.Errorf("%s: %s, %s: %s", name, p.Status, p.Verdict, p.Reason)
		case !sealed && p.Verdict != pickle.Malicious:
			t.Errorf("%s: %s, %s: %s %v", name, p.Status, p.Verdict, p.Reason, p.Format)
		}
		if name == "stored.rar" && (p.Status != pickle.Inconclusive || !strings.Contains(p.Reason, "rar")) {
			t.Errorf("%s: %s: %s", name, p.Status, p.Reason)
		}
	}
}

// TestDeepContainers: depth costs little, and does not double the work.
func TestDeepContainers(t *testing.T) {
	t.Parallel()
	deep := func(levels int, data string) string {
		for level := range levels {
			switch level % 3 {
			case 0:
				data = zipOf(t, file{"in", data})
			case 1:
				data = zipOf(t, file{"in!", data})
			default:
				data = gzipOf(t, data)
			}
		}
		return data
	}
	for _, levels := range []int{12, DefaultBudget().Depth} {
		if p := one(t, "evil.zip", deep(levels, evil)); p.Verdict != pickle.Malicious {
			t.Errorf("%d levels: %s, %s: %s", levels, p.Status, p.Verdict, p.Reason)
		}
		if p := one(t, "good.zip", deep(levels, good)); p.Verdict != pickle.Clean {
			t.Errorf("%d levels: %s, %s: %s %v", levels, p.Status, p.Verdict, p.Reason, p.Findings)
		}
	}
}

// TestJunkIsTold: what stands between and behind streams and members is looked into,
// and what nobody understands is unparsed.
func TestJunkIsTold(t *testing.T) {
	t.Parallel()
	junk := "\x01\xfe\x9c\x00\x11junk\x88\x99\xaa"
	long := strings.Repeat("a/folder/of/a/long/name/", 20)
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, format := range []tar.Format{tar.FormatGNU, tar.FormatPAX} {
		inner := tarOf(t, file{"evil.pkl", evil})
		if err := w.WriteHeader(&tar.Header{Name: long + "in.tar", Size: int64(len(inner)), Mode: 0o644, Format: format}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(inner)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	whole := zipOf(t, file{"a.pkl", good}, file{"evil.pkl!", evil})
	for name, c := range map[string]struct {
		data     string
		verdict  Verdict
		unparsed bool
	}{
		"gz + junk + gz":     {gzipOf(t, good) + junk + gzipOf(t, good), pickle.NotKnown, true},
		"gz + junk + evil":   {gzipOf(t, good) + junk + gzipOf(t, evil), pickle.Malicious, true},
		"gz + evil":          {gzipOf(t, good) + evil, pickle.Malicious, false},
		"tar in tar":         {b.String(), pickle.Malicious, false},
		"a program before":   {"#!/bin/sh\nexec unzip $0\n" + whole, pickle.Malicious, false},
		"cut at the front":   {whole[5:], pickle.Malicious, true},
		"parted, first":      {"PK\x07\x08" + whole[:len(whole)-30], pickle.Malicious, true},
		"parted, last":       {whole[strings.LastIndex(whole, "PK\x03\x04"):], pickle.Malicious, false},
		"junk before zip":    {junk + zipOf(t, file{"a.pkl", good}), pickle.Suspicious, true},
		"junk behind zip":    {zipOf(t, file{"a.pkl", good}) + junk, pickle.Suspicious, true},
		"junk within a tar":  {tarOf(t, file{"a.pkl", good}) + junk, pickle.NotKnown, true},
		"a directory alone":  {whole[strings.Index(whole, "PK\x01\x02"):], pickle.NotKnown, true},
		"nothing but an end": {"PK\x05\x06" + strings.Repeat("\x00", 18), pickle.Clean, false},
	} {
		p := one(t, "file.bin", c.data)
		worse := c.verdict == pickle.Suspicious && p.Verdict == pickle.NotKnown // what is odd there is of little weight
		if p.Verdict != c.verdict && !worse || c.verdict != pickle.Malicious && c.verdict != pickle.Clean && p.Status == pickle.Complete && c.unparsed {
			t.Errorf("%s: %s, %s: %s %v", name, p.Status, p.Verdict, p.Reason, p.Format)
		}
		if c.unparsed != (len(p.Coverage.Unparsed) > 0) {
			t.Errorf("%s: unparsed %v", name, p.Coverage.Unparsed)
		}
		if slices.Contains([]Verdict{pickle.Clean}, p.Verdict) && p.Status != pickle.Complete {
			t.Errorf("%s: clean and %s", name, p.Status)
		}
	}
}
