// Package inspect reads the files of a model as their loaders would and says
// what loading them would do. It runs nothing, and writes nothing
// but what it must unpack, to files without names, within a budget.
//
// Bytes are dispatched by their content: every format that could take them for
// its own reads them, the name of the file is a hint at most. What comes of it is
// a Part, with three answers that do not stand for each other: whether all was
// understood (Status), what loading would do (Verdict), and what became of each
// byte (Coverage). What was not completely read is never clean.
//
// Words: a part is a file or a member of one; a format is one row of formats,
// which knows its bytes and reads them; a reading is what one format makes of a
// part; a unit is a folder whose files mean something together; a rule is a page
// of rules/, with an id, a severity, and what a reader should do.
//
// The formats' own structure is read by packages of ml and by archive, which
// judge nothing; here are the judgements. Policies, gates and the keeping of
// verdicts belong to the room above.
package inspect
