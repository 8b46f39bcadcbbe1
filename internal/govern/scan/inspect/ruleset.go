package inspect

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// engineVersion changes whenever the same bytes could be judged otherwise
// although no rule page, no list of names and no vetted global changed.
const engineVersion = "15"

// RuleSet names what files are judged by: verdicts under another name are to be
// made anew.
func RuleSet(v *pickle.Vetting) string {
	sum := sha256.New()
	_, _ = sum.Write([]byte(engineVersion + "\n" + v.Digest() + "\n"))
	for _, list := range []string{kerasNamesText, kerasKnownText, tensorflowOperatorsText, tensorflowNamesText, diffusersPipelines} {
		_, _ = sum.Write([]byte(list))
	}
	pages, _ := fs.Glob(rulePages, "rules/*.md") // the pattern is well-formed
	for _, page := range pages {
		text, _ := rulePages.ReadFile(page) // it is compiled in
		_, _ = sum.Write(text)
	}
	return engineVersion + "." + hex.EncodeToString(sum.Sum(nil))[:12]
}

// Unread is a part that could not be read at all.
func Unread(path string, size int64, reason string) Part {
	return unread(path, size, pickle.Failure, reason)
}
