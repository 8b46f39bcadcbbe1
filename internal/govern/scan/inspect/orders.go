package inspect

import (
	"bytes"
	"path"
	"strings"

	"github.com/tacit-ml/tacit/ml/pickle"
)

// Some text is orders for a tool that looks for it by its name: what stands there runs
// when the tool does, and no loader of models asks for it.

// orders is what is said of a file by whose name a tool takes what it is to run; "" of
// any other.
func orders(name string) string {
	switch name {
	case "sitecustomize.py", "usercustomize.py":
		return "the file is a program in Python, which Python itself runs whenever it starts where it can be imported"
	case "setup.py":
		return "the file is a program in Python, which pip runs to install what lies beside it"
	case "conftest.py":
		return "the file is a program in Python, which pytest runs before it looks for tests"
	case "noxfile.py", "fabfile.py", "tasks.py":
		return "the file is a program in Python, of which a tool of builders runs tasks"
	case "mlproject":
		return "the file has the commands that mlflow run starts"
	case "dockerfile", "containerfile":
		return "the file has the commands by which an image is built"
	case "makefile", "gnumakefile", "justfile", "jenkinsfile", "procfile":
		return "the file has commands that a tool of builders runs"
	}
	switch path.Ext(name) {
	case ".ipynb":
		return "the file is a notebook: its cells are programs and commands, which run when somebody runs them"
	case ".desktop":
		return "the file starts a program when somebody opens it"
	case ".r":
		return "the file is a program in R"
	case ".jl":
		return "the file is a program in Julia"
	}
	return ""
}

// startsPython reports whether Python runs a file of that name when it starts.
func startsPython(name string) bool { return name == "sitecustomize.py" || name == "usercustomize.py" }

// installed are the findings against a file of requirements that belongs to no model of
// MLflow, whose folder is judged as a whole: they are notes.
func installed(s *Source) []Finding {
	if name := s.Name(); !strings.HasPrefix(name, "requirements") || path.Ext(name) != ".txt" {
		return nil
	}
	if s.Beside != nil {
		if _, err := s.Beside("MLmodel"); err == nil {
			return nil
		}
	}
	m := &mlflowFolder{}
	at := int64(0)
	for line := range bytes.Lines(s.Head) {
		m.requirement(s.Path, string(line), at)
		at += int64(len(line))
	}
	for i := range m.out {
		m.out[i].Severity, m.out[i].Member = pickle.Low, s.Path
	}
	return m.out
}
