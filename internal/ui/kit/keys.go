package kit

import "strings"

// binding is what one key, or several in a row, do.
type binding struct {
	Keys []string
	Does string
}

// bindings are what the script of the pages listens to (web/src/keys.ts).
func (s *Site) bindings() []binding {
	all := []binding{
		{[]string{"Ctrl", "K"}, "Search or go to"},
		{[]string{"/"}, "Filter the list"},
		{[]string{"J"}, "Next row"},
		{[]string{"K"}, "Row before"},
		{[]string{"Enter"}, "Open the row"},
		{[]string{"X"}, "Select the row"},
		{[]string{"C"}, "Compare what is selected"},
	}
	for _, c := range s.Chapters {
		for _, i := range c.Items {
			if i.Key != "" {
				all = append(all, binding{[]string{"G", strings.ToUpper(i.Key)}, "Go to " + strings.ToLower(i.Name)})
			}
		}
	}
	return append(all, binding{[]string{"?"}, "This list"})
}
