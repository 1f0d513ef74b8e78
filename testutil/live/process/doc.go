// Package process runs a program in a group of its own, so that the program and
// whatever it starts can be ended together, by the ids of processes we started.
// On Linux the program also ends when we are killed.
//
// It is for Unix systems, like the live tests as a whole.
package process
