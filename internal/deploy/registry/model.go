package registry

// Tag is a key and a value that may be overwritten.
type Tag struct{ Key, Value string }

// Alias points from a name at one version of a model.
type Alias struct {
	Name    string
	Version int64
}

// Model is a registered model.
type Model struct {
	Name        string // unique in the workspace; 1 to 256 characters, no "/" or ":"
	Description string
	Created     int64 // ms since 1970
	Updated     int64 // ms since 1970
	Tags        []Tag // by key
	Aliases     []Alias
	Latest      []Version // the newest version of each model stage, by number
}

// promptTag marks a registered model, and its versions, as an LLM prompt.
const promptTag = "mlflow.prompt.is_prompt"
