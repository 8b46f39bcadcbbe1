// Package curve codes the points of metrics into few bytes and back, exactly.
//
// Words. A point is a step, a timestamp and a value that may be NaN. A series
// is a key with its points. A segment holds the series of one request as they
// came; it is quick to write. A chunk holds points of one series in the order
// of timestamp, step and value; it is small.
//
// Steps and timestamps are coded as differences of differences in varints.
// Values are coded as whole numbers when all are short decimals, else as their
// eight bytes laid out by place, so that equal exponents stand together. A
// chunk is then compressed with Zstandard when that makes it smaller.
//
// Two points are the same when step, timestamp, value and NaN are; Merge keeps
// one. Decoding untrusted bytes ends in an error, never in a panic, and takes
// memory in proportion to MaxPoints at most.
package curve
