//go:build race

package main

// raceDetector makes everything ten times slower.
const raceDetector = true
