// Package house keeps the rules that hold for the whole module: which package
// may import which, how long files and functions may be, and what no file may
// say. It has tests only; each names the rule that it keeps.
package house
