package inspect

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed keras_names.txt
var kerasNamesText string

//go:embed keras_known.txt
var kerasKnownText string

// kerasName is what is known of a name of Keras.
type kerasName struct {
	computes bool   // a layer, a loss, an activation: nothing else comes of it
	gadget   string // why a configuration must not name it, else ""
}

// kerasNames reads the lists. A gadget is one whatever else the name is.
func kerasNames() map[string]kerasName {
	names := map[string]kerasName{}
	for _, text := range []string{kerasNamesText, kerasKnownText} {
		for line := range strings.Lines(text) {
			line = strings.TrimSpace(line)
			kind, rest, ok := strings.Cut(line, " ")
			if !ok || kind == "#" {
				continue
			}
			name, reason, _ := strings.Cut(rest, "\t")
			switch kind {
			case "class", "function":
				names[name] = kerasName{computes: true, gadget: names[name].gadget}
			case "gadget":
				names[name] = kerasName{gadget: reason}
			case "other":
				names[name] = kerasName{gadget: names[name].gadget}
			default:
				panic(fmt.Sprintf("the lists of Keras' names have a line %q", line)) // they are part of the program
			}
		}
	}
	return names
}

// kerasPackages are Keras itself, under all names that it had.
var kerasPackages = []string{"keras", "keras_core", "tf_keras", "tensorflow.keras", "tensorflow.python.keras", "tensorflow_core.python.keras", "tensorflow.contrib.keras"}

// kerasLibraries are made by the same people of Keras' own layers.
var kerasLibraries = []string{"keras_hub", "keras_nlp", "keras_cv", "keras_tuner", "keras_rs"}

// inPackage reports whether a module is one of packages, or lies in one.
func inPackage(module string, packages []string) bool {
	for _, p := range packages {
		if rest, ok := strings.CutPrefix(module, p); ok && (rest == "" || rest[0] == '.') {
			return true
		}
	}
	return false
}

// foreignPackage reports whether a registered name, package>name, is of a package
// other than Keras. Keras takes what is registered by it before the module.
func foreignPackage(registered string) bool {
	name, _, packaged := strings.Cut(registered, ">")
	return packaged && !strings.EqualFold(name, "keras")
}
