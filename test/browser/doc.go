// Package browser opens every page in Chromium, with data and without, light
// and dark, wide and narrow, and looks at what a reader would meet: errors in
// the console, breaches of the content-security policy, sideways scroll, titles,
// contrast, the rules of WCAG 2 (A and AA, by axe-core), and whether the page is
// whole without script.
//
// Chromium is TACIT_TEST_CHROMIUM or /usr/bin/chromium; where there is none the
// tests are skipped, which is a failure when CI=true. With
// TACIT_TEST_PICTURES=FOLDER each page is kept there as a picture.
package browser
