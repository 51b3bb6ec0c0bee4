// Package strictyaml reads YAML that people write and that decides over much: one
// document a file, within limits, each mistake with its place and in words that
// say what to do. What may stand in the document is its user's to know.
//
// Call [Parse]. [Child] names the path of a key in a message, [Meant] the name
// that was probably meant, and [Shown] makes any text fit to print.
package strictyaml
