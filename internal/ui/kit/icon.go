package kit

// Icon is the path of a line drawing on 16 by 16 units.
type Icon string

// The icons, each with its one meaning.
const (
	IconActivity Icon = "M1.5 8.5h3l2-5.5 3 10 2-4.5h3"                                                                                                                                                                                      // events
	IconAudit    Icon = "M3.8 1.8h5.7l2.9 3v9.4H3.8zM9.3 1.8v3.1h3.1M6.2 8h4M6.2 11h4"                                                                                                                                                       // a record
	IconBack     Icon = "M6 3 2.5 6.5 6 10M2.5 6.5H9a4 4 0 0 1 0 7H6"                                                                                                                                                                        // back
	IconBranch   Icon = "M4.5 5.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4zM4.5 14.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4zM11.5 6.7a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4zM4.5 5.2v5.6M11.5 6.7c0 3-7 1.5-7 4.1"                         // source code
	IconClock    Icon = "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4zM8 4.6V8l2.3 1.6"                                                                                                                                                  // a time
	IconColumns  Icon = "M2.5 2.8h11v10.4h-11zM6.2 2.8v10.4M9.8 2.8v10.4"                                                                                                                                                                    // a column chooser
	IconCopy     Icon = "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3"                                                                                                                                                                                // copy
	IconData     Icon = "M3 4c0-1.1 2.2-2 5-2s5 .9 5 2-2.2 2-5 2-5-.9-5-2zM3 4v8c0 1.1 2.2 2 5 2s5-.9 5-2V4M3 8c0 1.1 2.2 2 5 2s5-.9 5-2"                                                                                                    // data versions
	IconDown     Icon = "M4 6.2l4 4 4-4"                                                                                                                                                                                                     // opens below
	IconFail     Icon = "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4zM5.9 5.9l4.2 4.2M10.1 5.9l-4.2 4.2"                                                                                                                                // fail
	IconFile     Icon = "M3.8 1.8h5.7l2.9 3v9.4H3.8zM9.3 1.8v3.1h3.1"                                                                                                                                                                        // a file
	IconFilter   Icon = "M2 3.5h12M4.5 8h7M6.8 12.5h2.4"                                                                                                                                                                                     // a filter line
	IconFlask    Icon = "M5.5 2.5h5M6.6 2.5v4.2L3 12.6a.6.6 0 0 0 .5.9h9a.6.6 0 0 0 .5-.9L9.4 6.7V2.5M4.9 9.8h6.2"                                                                                                                           // experiments and runs
	IconFolder   Icon = "M1.8 3.5h4.4l1.5 1.8h6.5v8H1.8z"                                                                                                                                                                                    // a folder
	IconGet      Icon = "M8 2.5v8M4.7 7.5 8 10.8l3.3-3.3M2.8 13.5h10.4"                                                                                                                                                                      // download
	IconHome     Icon = "M2.5 7.3 8 2.8l5.5 4.5v6H10V9.5H6v3.8H2.5z"                                                                                                                                                                         // the workspace
	IconImage    Icon = "M8 2l6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3"                                                                                                                                                                         // container images
	IconKey      Icon = "M5.2 11.8a2.9 2.9 0 1 0 0-5.8 2.9 2.9 0 0 0 0 5.8zM7.6 7.2 13.5 2.5M11 4.5l1.8 2"                                                                                                                                   // a secret
	IconLineage  Icon = "M3.6 5.3a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4zM3.6 14.1a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4zM12.4 9.7a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4zM5.3 3.6c3.8 0 2.7 4.4 5.4 4.4M5.3 12.4c3.8 0 2.7-4.4 5.4-4.4" // where it comes from
	IconLock     Icon = "M3.5 7h9v6.8h-9zM5.3 7V4.8a2.7 2.7 0 0 1 5.4 0V7"                                                                                                                                                                   // sealed
	IconMenu     Icon = "M2 4h12M2 8h12M2 12h12"                                                                                                                                                                                             // the narrow navigation
	IconModel    Icon = "M8 1.8l5.5 3v6.4L8 14.2l-5.5-3V4.8zM2.5 4.8 8 7.8l5.5-3M8 7.8v6.4"                                                                                                                                                  // registered models
	IconMore     Icon = "M3.5 8h.01M8 8h.01M12.5 8h.01"                                                                                                                                                                                      // more acts
	IconPass     Icon = "M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4zM5.3 8.2l1.9 1.9 3.6-4"                                                                                                                                            // pass
	IconPerson   Icon = "M8 7.6a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM2.8 13.8c.4-2.8 2.4-4.2 5.2-4.2s4.8 1.4 5.2 4.2"                                                                                                                    // a person
	IconPlus     Icon = "M8 3v10M3 8h10"                                                                                                                                                                                                     // add
	IconSearch   Icon = "M7 11.8A4.8 4.8 0 1 0 7 2.2a4.8 4.8 0 0 0 0 9.6zM10.5 10.5 14 14"                                                                                                                                                   // search
	IconStop     Icon = "M4 4h8v8H4z"                                                                                                                                                                                                        // stopped
	IconUnknown  Icon = "M8 2h.01M11.2 3h.01M13.5 5.5h.01M14 8.6h.01M12.9 11.6h.01M10.4 13.6h.01M7 14h.01M3.9 12.5h.01M2.2 9.8h.01M2.2 6.5h.01M4.2 3.5h.01"                                                                                  // unknown
	IconWarn     Icon = "M8 2.2 14.4 13.4H1.6zM8 6.5v3.3M8 11.6v.01"                                                                                                                                                                         // warning
)
