package bucket

import (
	"bufio"
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// readProfile gives what Amazon's own configuration file says of a profile: nothing
// where there is no such file or profile. Values with values below them are left out.
func readProfile(file, profile string) (map[string]string, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Because(err, fault.Invalid, "The file %s cannot be read.", file)
	}
	said, in := map[string]string{}, false
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line := lines.Text()
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';' {
			continue
		}
		if trimmed[0] == '[' {
			name := strings.TrimSpace(strings.Trim(trimmed, "[]"))
			in = name == profile || strings.TrimSpace(strings.TrimPrefix(name, "profile ")) == profile
			continue
		}
		key, value, ok := strings.Cut(trimmed, "=")
		if in && ok && line[0] != ' ' && line[0] != '\t' {
			said[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
		}
	}
	return said, nil
}
