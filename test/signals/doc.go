// Package signals sends tacit the signals that operators send: SIGHUP to read
// the settings again, SIGTERM to end without breaking off what is under way.
package signals
