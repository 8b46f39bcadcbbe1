package browser

import (
	"context"
	"strings"
	"testing/fstest"
	"time"

	"github.com/tacit-ml/tacit/internal/govern/scan"
	scanned "github.com/tacit-ml/tacit/internal/govern/scan/inspect"
)

// verdicts are of versions as a scan gives them: the third of each model is
// malicious, the second waits, the others are clean, and the fourth is signed.
type verdicts struct{}

func (verdicts) SignatureOf(_ context.Context, _ string, number int64) (scan.Signature, error) {
	switch number {
	case 2:
		return scan.Signature{State: scan.Unsigned, Waiting: true}, nil
	case 3:
		return scan.Signature{State: scan.Unverified, Why: "model.pkl is not the file that was signed"}, nil
	case 4:
		return scan.Signature{State: scan.Verified, Key: strings.Repeat("4f9a", 16)}, nil
	}
	return scan.Signature{State: scan.Unsigned}, nil
}

func (v verdicts) Kept(ctx context.Context, versions []scan.VersionRef) (map[scan.VersionRef]scan.Verdict, error) {
	all := map[scan.VersionRef]scan.Verdict{}
	for _, ref := range versions {
		verdict, err := v.OfVersion(ctx, ref.Name, ref.Number)
		if err != nil {
			return nil, err
		}
		if !verdict.Waiting {
			all[ref] = verdict
		}
	}
	return all, nil
}

// Document is a bill of materials as govern/bom writes one; what is in it is tested
// there.
func (verdicts) Document(context.Context, string, int64, string) ([]byte, error) {
	return []byte(`{"bomFormat":"CycloneDX","specVersion":"1.6"}`), nil
}

func (verdicts) Why(ctx context.Context, _ string, _ int64, file string) (string, error) {
	s, err := scan.NewScanner(scan.ScannerConfig{Engine: "tacit test", Now: time.Now, Budget: scanned.DefaultBudget()})
	if err != nil {
		return "", err
	}
	data := "cposix\nsystem\n(S'" + strings.Repeat("curl ", 40) + "'\ntR."
	source, err := scanned.NewSource(file, strings.NewReader(data), int64(len(data)), nil)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	_, err = s.Explain(ctx, source, &text)
	return text.String(), err
}

func (verdicts) OfVersion(ctx context.Context, name string, number int64) (scan.Verdict, error) {
	files := fstest.MapFS{"model.pkl": {Data: []byte("ccollections\nOrderedDict\n(tR.")}}
	v := scan.Verdict{Judgement: scan.Judgement{Status: "complete", Verdict: "clean", Rules: "1.0123456789ab", Judged: time.Unix(1795600000, 0), Files: 1, Bytes: 29}}
	switch number {
	case 2:
		return scan.Verdict{Waiting: true}, nil
	case 3:
		files[strings.Repeat("deep/", 12)+"payload.pkl"] = &fstest.MapFile{Data: []byte("cposix\nsystem\n(S'" + strings.Repeat("curl ", 40) + "'\ntR.")}
		v.Judgement.Verdict, v.Judgement.Critical, v.Judgement.Files = "malicious", 1, 2
		v.Override = &scan.Override{Who: "tacit:user/ada", Reason: "reviewed by hand, ticket 4711", Made: time.Unix(1795600000, 0)}
	}
	s, err := scan.NewScanner(scan.ScannerConfig{Engine: "tacit test", Now: time.Now, Budget: scanned.DefaultBudget()})
	if err != nil {
		return v, err
	}
	v.Report, err = s.Tree(ctx, name, files)
	return v, err
}
