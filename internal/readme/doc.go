// Package readme holds the test that keeps README files true: Go code in them
// is the file they name, what they link to exists, and every package and every
// example is in the tables.
package readme
