// Package report says what a plan would do and what an apply has done, once for
// scripts and once for people.
//
// Call [New] with an [Input] for each payer; it gives a [Report], which is the
// JSON form and a promise to scripts (schema/plan.schema.json). Text and Markdown are
// made of the Report alone, so they cannot say what the JSON does not:
//
//   - [Report.WriteJSON] and [Report.WriteText] write a plan or a result,
//   - [Report.WriteMarkdown] writes it for a pull request, behind the [Marker] by
//     which the comment is found again,
//   - [ChangeLine] is one line of progress, for a change made by [NewChange],
//   - [Report.WriteSummary] ends an apply,
//   - [WriteAccounts] lists accounts.
//
// Whatever names, tags and errors hold, text has no control character but the
// line feeds of the report itself: see [Clean]. In Markdown it stands in code and
// nowhere else.
package report
