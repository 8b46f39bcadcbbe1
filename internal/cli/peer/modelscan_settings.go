package peer

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/scan/compat"
)

// settingsName is the file that modelscan looks for in the working folder.
const settingsName = "modelscan-settings.toml"

// settings are modelscan's.
type settings struct {
	given    bool // by a file
	globals  compat.Globals
	formats  map[string][]string
	disabled map[string]bool
	module   string // that reports when the form is "custom"
}

// settingsFile is modelscan's settings file (modelscan/settings.py). What is
// settled nowhere in it is as without a file.
type settingsFile struct {
	Version     string                    `toml:"modelscan_version"`
	Zip         []string                  `toml:"supported_zip_extensions"`
	Scanners    map[string]map[string]any `toml:"scanners"`
	Middlewares map[string]struct {
		Formats map[string][]string `toml:"formats"`
	} `toml:"middlewares"`
	Globals   map[string]map[string]any `toml:"unsafe_globals"`
	Reporting struct {
		Module   string         `toml:"module"`
		Settings map[string]any `toml:"settings"`
	} `toml:"reporting"`
}

// extensionMiddleware is the only one that is known.
const extensionMiddleware = "modelscan.middlewares.FormatViaExtensionMiddleware"

// readSettings reads a file, or the one in the working folder, and gives the line
// by which modelscan begins.
func readSettings(file string) (settings, string, error) {
	s := settings{globals: compat.DefaultGlobals(), formats: compat.DefaultFormats(), disabled: map[string]bool{}}
	named := file != ""
	if !named {
		here, err := os.Getwd()
		if err != nil {
			return s, "", err
		}
		file = filepath.Join(here, settingsName)
	}
	text, err := os.ReadFile(file)
	switch {
	case os.IsNotExist(err) && !named:
		return s, "No settings file detected at " + file + ". Using defaults. ", nil
	case err != nil:
		return s, "", fault.Because(err, fault.Invalid, "The settings file %s cannot be read.", file)
	}
	err = s.read(text)
	if err != nil {
		return s, "", fault.Because(err, fault.Invalid, "The settings file %s cannot be heeded.", file)
	}
	return s, "Detected settings file. Using " + file + ". ", nil
}

func (s *settings) read(text []byte) error {
	var f settingsFile
	if err := toml.Unmarshal(text, &f); err != nil {
		return err
	}
	s.given, s.module = true, f.Reporting.Module
	if err := s.scanners(f.Scanners); err != nil {
		return err
	}
	for name, m := range f.Middlewares {
		if name != extensionMiddleware {
			return fault.New(fault.Invalid, "middlewares.%q is Python code, which is not run.", name)
		}
		if m.Formats != nil {
			s.formats = m.Formats
		}
	}
	if f.Globals == nil {
		return nil
	}
	s.globals = compat.Globals{"CRITICAL": {}, "HIGH": {}, "MEDIUM": {}, "LOW": {}}
	for severity, modules := range f.Globals {
		if s.globals[severity] == nil {
			return fault.New(fault.Invalid, "unsafe_globals.%s is no severity: CRITICAL, HIGH, MEDIUM or LOW.", severity)
		}
		for module, v := range modules {
			names, err := namesOf(v)
			if err != nil {
				return fault.Because(err, fault.Invalid, "unsafe_globals.%s.%q is neither \"*\" nor a list of names.", severity, module)
			}
			s.globals[severity][module] = names
		}
	}
	return nil
}

func namesOf(v any) (names []string, err error) {
	switch v := v.(type) {
	case string:
		if v == "*" {
			return []string{"*"}, nil
		}
	case []any:
		for _, n := range v {
			name, ok := n.(string)
			if !ok {
				return nil, errors.New("a name is no text")
			}
			names = append(names, name)
		}
		return names, nil
	}
	return nil, errors.New("it is another type")
}

// scanners heeds which are switched off. What else a scanner's table has is what
// tacit knows itself, or is refused.
func (s *settings) scanners(tables map[string]map[string]any) error {
	known := compat.Scanners()
	if tables == nil {
		return nil
	}
	for _, scanner := range known { // one without a table does not run
		s.disabled[scanner[0]] = true
	}
	for name, table := range tables {
		if !slices.ContainsFunc(known, func(k [2]string) bool { return k[0] == name }) {
			return fault.New(fault.Invalid, "scanners.%q is Python code, which is not run.", name)
		}
		for key, value := range table {
			switch enabled, isBool := value.(bool); {
			case key == "enabled" && isBool:
				s.disabled[name] = !enabled
			case key == "supported_extensions": // modelscan itself goes by middlewares
			case strings.HasPrefix(key, "unsafe_") && strings.HasSuffix(key, "_operators"):
				if err := knownOperators(value); err != nil {
					return fault.Because(err, fault.Invalid, "scanners.%q.%s", name, key)
				}
			default:
				return fault.New(fault.Invalid, "scanners.%q.%s is no setting.", name, key)
			}
		}
	}
	return nil
}

// knownOperators refuses operators that tacit's rules do not have.
func knownOperators(value any) error {
	table, ok := value.(map[string]any)
	if !ok {
		return errors.New("it is no table")
	}
	for name := range table {
		if !slices.Contains([]string{"Lambda", "ReadFile", "WriteFile"}, name) {
			return fault.New(fault.Invalid, "%s cannot be added: the operators that are unsafe are those of tacit's rules, see tacit scan rules.", name)
		}
	}
	return nil
}

// options are those of the compatible answer.
func (s settings) options() compat.ModelScanOptions {
	return compat.ModelScanOptions{Globals: s.globals, Formats: s.formats, Disabled: s.disabled}
}

// added are the globals that a file adds to modelscan's own.
func (s settings) added() compat.ModelScanOptions {
	o := s.options()
	o.Globals = compat.Globals{}
	without := compat.DefaultGlobals()
	for severity, modules := range s.globals {
		o.Globals[severity] = map[string][]string{}
		for module, names := range modules {
			for _, n := range names {
				if !slices.Contains(without[severity][module], n) {
					o.Globals[severity][module] = append(o.Globals[severity][module], n)
				}
			}
		}
	}
	return o
}

// off says whether each scanner for a file is switched off.
func (s settings) off(name string) bool {
	found := false
	for _, scanner := range compat.Scanners() {
		if slices.Contains(s.formats[scanner[1]], path.Ext(name)) {
			if !s.disabled[scanner[0]] {
				return false
			}
			found = true
		}
	}
	return found
}

// form is that of the module that the settings name.
func (s settings) form() (string, error) {
	switch s.module {
	case "modelscan.reports.JSONReport":
		return "json", nil
	case "", "modelscan.reports.ConsoleReport":
		return "console", nil
	}
	return "", fault.New(fault.Invalid, "reporting.module %q is Python code, which is not run: take the form console or json.", s.module)
}

func createSettings(args []string, t Terminal) int {
	a, err := grammar{options: []option{
		{names: []string{"-f", "--force"}, help: "Overwrite the file when it is there."},
		{names: []string{"-l", "--location"}, value: "FILE", help: "Where to write it; ./" + settingsName + " unless set."},
		{names: []string{"-h", "--help"}, help: "Print this."},
	}}.parse(args)
	switch {
	case err != nil:
		return t.modelScanUsage(err.Error())
	case len(a.rest) > 0:
		return t.modelScanUsage("Got unexpected extra argument (" + a.rest[0] + ")")
	case a.has("help"):
		t.say("Usage: modelscan create-settings-file [-f, --force] [-l, --location FILE]\n")
		return 0
	}
	at := a.last("location")
	if at == "" {
		at = settingsName
	}
	if _, err := os.Stat(at); err == nil && !a.has("force") {
		t.tell("%s file already exists. Please use `--force` flag if you intend to overwrite it.", at)
		return 0
	}
	if err := os.WriteFile(at, []byte(defaultSettings()), 0o644); err != nil { //nolint:gosec // settings are for others to read
		t.say("Exception: %s\n", err)
		return 2
	}
	return 0
}

// defaultSettings is the file that says what holds without one.
func defaultSettings() string {
	var b strings.Builder
	b.WriteString("# ModelScan settings file\n\nmodelscan_version = \"0.8.8\"\nsupported_zip_extensions = [\".zip\", \".npz\"]\n")
	formats := compat.DefaultFormats()
	for _, s := range compat.Scanners() {
		b.WriteString("\n[scanners.\"" + s[0] + "\"]\nenabled = true\nsupported_extensions = " + list(formats[s[1]]) + "\n")
		switch {
		case strings.HasSuffix(s[0], ".SavedModelLambdaDetectScan"):
			b.WriteString("unsafe_keras_operators = { Lambda = \"MEDIUM\" }\n")
		case strings.HasSuffix(s[0], ".SavedModelTensorflowOpScan"):
			b.WriteString("unsafe_tf_operators = { ReadFile = \"HIGH\", WriteFile = \"HIGH\" }\n")
		}
	}
	b.WriteString("\n[middlewares.\"" + extensionMiddleware + "\".formats]\n")
	for _, f := range []string{"tensorflow", "keras_h5", "keras", "numpy", "pytorch", "pickle"} {
		b.WriteString(f + " = " + list(formats[f]) + "\n")
	}
	globals := compat.DefaultGlobals()
	for _, severity := range []string{"CRITICAL", "HIGH", "MEDIUM", "LOW"} {
		b.WriteString("\n[unsafe_globals." + severity + "]\n")
		modules := make([]string, 0, len(globals[severity]))
		for module := range globals[severity] {
			modules = append(modules, module)
		}
		slices.Sort(modules)
		for _, module := range modules {
			names := list(globals[severity][module])
			if globals[severity][module][0] == "*" {
				names = "\"*\""
			}
			b.WriteString("\"" + module + "\" = " + names + "\n")
		}
	}
	b.WriteString("\n[reporting]\nmodule = \"modelscan.reports.ConsoleReport\"\n\n[reporting.settings]\n")
	return b.String()
}

func list(words []string) string { return "[\"" + strings.Join(words, "\", \"") + "\"]" }
