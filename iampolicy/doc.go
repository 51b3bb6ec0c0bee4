// Package iampolicy knows the IAM policy language, in which service control
// policies, resource control policies and the policies of roles are written.
//
// Call [Check] on a document that a user wrote, [Minify] to get what is sent to
// AWS and [Size] to count it against [Limits], or [SizeIAM] against [IAMLimits]
// for documents of IAM. To know whether two documents mean the same, compare what
// [CanonicalFor] gives for them.
//
// To know what a document does, [Compile] it once and ask it about a [Request]:
// [Evaluate] asks policies side by side, [Trust] and [Chain] one sort of policy
// each, [Access] all that bear on a principal and a resource. A [Decision] names the
// statement that made it. The rules stand in a table, each with its source.
// [CompileOpen] takes a document whose references are not resolved yet.
//
// The package reads and writes nothing but its arguments.
package iampolicy
