// Package scan judges models before anybody loads them: what their files would
// do, and whether they were read completely.
//
// Words: an artifact is one file that was inspected, with its status, verdict,
// coverage and findings (package inspect has the words below it); a report is
// what a scan of some artifacts gave; an outcome is the report in one word, from
// which commands take their exit code.
//
// It goes further than modelscan, picklescan, fickling and modelaudit, whose
// reports and exit codes package report can give; it runs nothing, and it scans
// neither licences nor secrets nor training code.
package scan
