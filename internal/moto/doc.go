// Package moto holds the tool against moto, an AWS emulator that others wrote:
// what the simulator and the tool both got wrong shows here. It has tests only.
//
// Moto takes nearly everything and does all of it at once, so it proves what we
// send and what we make of the answers, and nothing about AWS's refusals; those
// are the simulator's. Where moto is missing the tests skip with one line.
package moto
