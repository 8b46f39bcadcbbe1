package access

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/tacit-ml/tacit/internal/foundation/fault"
	"github.com/tacit-ml/tacit/internal/govern/access/policy"
	"github.com/tacit-ml/tacit/internal/govern/access/roles"
)

// NoRole is how default_role says that a new user gets none.
const NoRole roles.Role = "none"

// Settings are the section access of tacit.yaml.
type Settings struct {
	// DefaultRole is what a user is, in the workspace of the request, whom a
	// client makes that names no role, as MLflow's do: viewer unless set, NoRole
	// for no part in it.
	DefaultRole roles.Role `yaml:"default_role"`
	// Policies are Cedar policies beside the shipped ones.
	Policies Policies `yaml:"policies"`
	// PolicyFiles are files of more, relative to tacit.yaml. They are read with it.
	PolicyFiles []string `yaml:"policy_files"`

	// Providers are who else proves people's identity, by OpenID Connect.
	Providers []Provider `yaml:"providers"`

	file  string // tacit.yaml itself
	added *policy.Set
}

// Locate tells the settings where they were written.
func (s *Settings) Locate(file string) { s.file = file }

// Added are the policies beside the shipped ones, read by Validate.
func (s *Settings) Added() *policy.Set { return s.added }

// Validate reads the policies, and fills in what is not set. Its error is a *policy.Place where one of them is
// wrong; it is of tacit.yaml itself where it names no source.
func (s *Settings) Validate() error {
	if !slices.Contains([]roles.Role{"", NoRole, roles.Viewer, roles.Contributor, roles.Maintainer}, s.DefaultRole) {
		return fault.WithHint(fault.New(fault.Invalid, "default_role must be viewer, contributor, maintainer or none, not %q", string(s.DefaultRole)),
			"administrators are made one by one: tacit user role NAME --role admin")
	}
	s.DefaultRole = cmp.Or(s.DefaultRole, roles.Viewer)
	if err := checkProviders(s.Providers, filepath.Dir(s.file)); err != nil {
		return err
	}
	v := roles.Vocabulary()
	sets := []*policy.Set{roles.NewShipped().Set}
	for _, block := range s.Policies.blocks {
		set, err := policy.Parse(filepath.Base(s.file), block.text, v)
		if err != nil {
			return block.place(err)
		}
		if err := block.settle(set); err != nil {
			return err
		}
		sets = append(sets, set)
	}
	for _, file := range s.PolicyFiles {
		set, err := s.read(file, v)
		if err != nil {
			return err
		}
		sets = append(sets, set)
	}
	if _, err := policy.Join(v, sets...); err != nil {
		return s.own(err)
	}
	var err error
	s.added, err = policy.Join(v, sets[1:]...)
	return err
}

// own makes a place in tacit.yaml, called by its name, one of the file itself.
func (s *Settings) own(err error) error {
	var at *policy.Place
	if errors.As(err, &at) && at.Source == filepath.Base(s.file) {
		at.Source = ""
	}
	return err
}

func (s *Settings) read(file string, v policy.Vocabulary) (*policy.Set, error) {
	path := file
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(s.file), path)
	}
	if info, err := os.Stat(path); err == nil && info.Size() > policy.MaxText {
		return nil, fault.New(fault.Invalid, "The file of policies %s has more than %d bytes.", path, policy.MaxText)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the file is named by whoever writes the settings
	if err != nil {
		return nil, fault.WithHint(fault.Because(err, fault.Invalid, "The file of policies %s cannot be read.", path), "policy_files are relative to tacit.yaml")
	}
	return policy.Parse(file, string(text), v)
}

// Policies are the key policies: a text of Cedar, or a list of them.
type Policies struct{ blocks []block }

// block is one text and where it stands in the file.
type block struct {
	id, description string
	text            string
	line, column    int  // of its first line
	literal         bool // lines of it are lines of the file
}

// UnmarshalYAML reads either form.
func (p *Policies) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		b, err := blockOf(n)
		p.blocks = append(p.blocks, b)
		return err
	}
	for _, item := range n.Content {
		if item.Kind != yaml.MappingNode {
			return fmt.Errorf("line %d: a policy of the list has the keys id, description and cedar", item.Line)
		}
		var id, description string
		var one block
		for i := 0; i < len(item.Content); i += 2 {
			key, value := item.Content[i], item.Content[i+1]
			var err error
			switch key.Value {
			case "id":
				err = value.Decode(&id)
			case "description":
				err = value.Decode(&description)
			case "cedar":
				one, err = blockOf(value)
			default:
				err = fmt.Errorf("line %d: unknown key %q; a policy of the list has the keys id, description and cedar", key.Line, key.Value)
			}
			if err != nil {
				return err
			}
		}
		if one.text == "" {
			return fmt.Errorf("line %d: the policy has no cedar", item.Line)
		}
		one.id, one.description = id, description
		p.blocks = append(p.blocks, one)
	}
	return nil
}

// writtenPolicy is a policy of the list, as the file has it.
type writtenPolicy struct {
	ID          string `yaml:"id,omitempty"`
	Description string `yaml:"description,omitempty"`
	Cedar       string `yaml:"cedar"`
}

// MarshalYAML writes them as the list.
func (p Policies) MarshalYAML() (any, error) {
	all := make([]writtenPolicy, len(p.blocks))
	for i, b := range p.blocks {
		all[i] = writtenPolicy{ID: b.id, Description: b.description, Cedar: b.text}
	}
	return all, nil
}

func blockOf(n *yaml.Node) (block, error) {
	b := block{line: n.Line, column: n.Column}
	if err := n.Decode(&b.text); err != nil {
		return b, err
	}
	if b.literal = n.Style&yaml.LiteralStyle != 0; b.literal {
		b.line++ // the text begins below the |
	}
	return b, nil
}

// lineOf is the line of the file that a line of the text is.
func (b block) lineOf(line int) int {
	if b.literal {
		return b.line + line - 1
	}
	return b.line
}

// place is a mistake in the text as one in the file.
func (b block) place(err error) error {
	var at *policy.Place
	if !errors.As(err, &at) {
		return err
	}
	moved := *at
	moved.Source, moved.Line = "", b.lineOf(at.Line)
	if !b.literal {
		moved.Column = b.column
	}
	return &moved
}

// settle gives the policies of the text their lines of the file, and the one of
// a list the id and description that stand beside it.
func (b block) settle(set *policy.Set) error {
	if b.id != "" && len(set.Policies) != 1 {
		return &policy.Place{Line: b.line, Column: 1, Text: fmt.Sprintf("the id %q stands for one policy, here are %d", b.id, len(set.Policies)), Hint: "write @id(\"…\") before each"}
	}
	for i, p := range set.Policies {
		p = p.Moved(b.lineOf(p.Line))
		if b.id != "" {
			p.ID = b.id
		}
		if b.description != "" {
			p.Description = b.description
		}
		set.Policies[i] = p
	}
	return nil
}
