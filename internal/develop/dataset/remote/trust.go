package remote

import (
	"bytes"
	"encoding/json"
	"os"

	"github.com/tacit-ml/tacit/internal/develop/dataset/dvcconfig"
	"github.com/tacit-ml/tacit/internal/foundation/fault"
)

// Settings that git keeps come with a clone, and whoever may push there wrote them. They
// say where data are; what runs a program as the person, or sends what the person is
// trusted by to a place that nobody asked about, they do not say: the person's own
// settings do, which are not in git.

// refuseTracked refuses an option that a file says that git keeps, for what it would do.
func refuseTracked(options dvcconfig.Options, key, would string) error {
	if options.Text(key) == "" || !options.Tracked(key) {
		return nil
	}
	return fault.WithHint(fault.New(fault.Denied, "The option '%s' of the remote at %s is in a file that git keeps, .dvc/config or another, and so may be anybody's: it would %s.", key, options.Text("url"), would),
		"look at it, and where you trust it set it for yourself: tacit data remote modify --local NAME %s VALUE", key)
}

// ofClone reads the file of credentials that a file names that git keeps, nil for none.
func ofClone(options dvcconfig.Options) []byte {
	path := options.Text("credentialpath")
	if path == "" || !options.Tracked("credentialpath") {
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil // whoever reads it next says so
	}
	return text
}

// refuseProgram refuses credentials of Amazon's that are what a program prints. The word
// is looked for, and not the setting: readers of such files differ.
func refuseProgram(options dvcconfig.Options) error {
	if !bytes.Contains(bytes.ToLower(ofClone(options)), []byte("credential_process")) {
		return nil
	}
	return refuseTracked(options, "credentialpath", "have the program run that credential_process names in "+options.Text("credentialpath"))
}

// refuseElsewhere refuses credentials of Google's that name files and servers: of what
// they name, one is read and sent to the other.
func refuseElsewhere(options dvcconfig.Options) error {
	text := ofClone(options)
	if text == nil {
		return nil
	}
	var said struct {
		Type string `json:"type"`
	}
	_ = json.Unmarshal(text, &said) // of what is no JSON nothing is taken
	if said.Type == "" || said.Type == "service_account" || said.Type == "authorized_user" {
		return nil
	}
	return refuseTracked(options, "credentialpath", "send what "+options.Text("credentialpath")+" names (it is of the type "+said.Type+") to servers that it names")
}
